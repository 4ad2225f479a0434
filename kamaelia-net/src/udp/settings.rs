//! The settings that all datagram components share.

/// Gives a component that is a `Peer` its settings.
macro_rules! settings {
    ($name:ident) => {
        impl $name {
            /// How its socket and its boxes behave.
            pub fn options(mut self, options: UdpOptions) -> Self {
                self.0.options = options;
                self
            }

            /// Binds it now instead of in the first turn, so that an error is known here and the address too.
            ///
            /// # Errors
            ///
            /// The address, and why it cannot be had.
            pub fn bind(mut self) -> std::result::Result<Self, BindError> {
                self.0.bind()?;
                Ok(self)
            }

            /// Where it is bound, once it is: with port 0 asked for, the port that was given.
            pub fn local_addr(&self) -> Option<SocketAddr> {
                self.0.local_addr()
            }

            /// What it has sent and received, to be read at any time and from any thread.
            pub fn counts(&self) -> UdpCounts {
                self.0.counts.clone()
            }
        }
    };
}
pub(super) use settings;
