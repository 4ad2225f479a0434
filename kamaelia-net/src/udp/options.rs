//! How a datagram component's socket and boxes behave.

/// How many messages `inbox` holds unless said otherwise.
const USUAL_INBOX: usize = 64;

/// How a datagram component behaves.
///
/// # Examples
///
/// ```
/// use kamaelia_net::{UdpOptions, UdpReceiver};
///
/// let options = UdpOptions::new().receive_buffer(1 << 20).dual_stack();
/// let receiver = UdpReceiver::new("[::]:0".parse()?).options(options);
/// # let _ = receiver;
/// # Ok::<(), std::net::AddrParseError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
#[must_use = "options do nothing until a socket has them"]
pub struct UdpOptions {
    pub(super) receive_buffer: Option<usize>,
    pub(super) send_buffer: Option<usize>,
    pub(super) broadcast: bool,
    pub(super) reuse_address: bool,
    pub(super) dual_stack: bool,
    pub(super) inbox_size: Option<usize>,
}

impl Default for UdpOptions {
    fn default() -> Self {
        UdpOptions {
            receive_buffer: None,
            send_buffer: None,
            broadcast: false,
            reuse_address: false,
            dual_stack: false,
            inbox_size: Some(USUAL_INBOX),
        }
    }
}

impl UdpOptions {
    /// The usual behaviour.
    pub fn new() -> Self {
        Self::default()
    }

    /// The size of the system's receive buffer in bytes: what may wait in it while the receiver is slow. The
    /// system's own choice unless set.
    pub fn receive_buffer(mut self, bytes: usize) -> Self {
        self.receive_buffer = Some(bytes);
        self
    }

    /// The size of the system's send buffer in bytes. The system's own choice unless set.
    pub fn send_buffer(mut self, bytes: usize) -> Self {
        self.send_buffer = Some(bytes);
        self
    }

    /// Lets it send to broadcast addresses.
    #[doc(alias = "SO_BROADCAST")]
    pub fn broadcast(mut self) -> Self {
        self.broadcast = true;
        self
    }

    /// Lets several sockets be bound to the same address. Of ordinary datagrams only one of them gets each; of
    /// multicast all get all. Multicast receivers and transceivers have it set.
    #[doc(alias = "SO_REUSEADDR")]
    pub fn reuse_address(mut self) -> Self {
        self.reuse_address = true;
        self
    }

    /// Lets one that is bound to an IPv6 address talk to IPv4 peers too.
    pub fn dual_stack(mut self) -> Self {
        self.dual_stack = true;
        self
    }

    /// How many messages `inbox` holds before it refuses more; 64 unless set.
    ///
    /// # Panics
    ///
    /// If it is 0: nothing could be sent.
    #[track_caller]
    pub fn inbox_size(mut self, messages: usize) -> Self {
        assert!(messages > 0, "UdpOptions::inbox_size(0): nothing could be sent; at least 1");
        self.inbox_size = Some(messages);
        self
    }

    /// Lets `inbox` hold any number of messages, as in Kamaelia: then a full send buffer makes memory grow.
    pub fn unlimited_inbox(mut self) -> Self {
        self.inbox_size = None;
        self
    }
}
