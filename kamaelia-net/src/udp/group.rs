//! A multicast group: joined by those who receive, and with what those who send to it say.

use std::fmt;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use socket2::{InterfaceIndexOrAddress, Socket};

/// By which interface a multicast group is joined, and datagrams to it leave.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub enum Interface {
    /// The one that the system chooses.
    #[default]
    Any,
    /// The one with this IPv4 address. For IPv4 groups.
    Address(Ipv4Addr),
    /// The one with this number, as `ip link` shows it. For IPv6 groups, and for receiving from IPv4 groups.
    Index(u32),
}

/// A group, and how to join it and to send to it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Group {
    pub(super) address: IpAddr,
    pub(super) joins: bool,
    pub(super) interface: Interface,
    /// `None` for one that only receives.
    pub(super) ttl: Option<u8>,
    pub(super) loops: bool,
}

impl Group {
    /// A group that is joined.
    pub(super) fn joined(address: IpAddr) -> Self {
        Group { address, joins: true, interface: Interface::Any, ttl: None, loops: true }
    }

    /// The address to bind to: that of an IPv6 group may mean something on one interface only.
    pub(super) fn on_interface(&self, mut local: SocketAddr) -> SocketAddr {
        if let (SocketAddr::V6(address), Interface::Index(index)) = (&mut local, self.interface)
            && address.ip().is_multicast()
            && address.scope_id() == 0
        {
            address.set_scope_id(index);
        }
        local
    }

    /// Tells a socket all this.
    pub(super) fn prepare(&self, socket: &Socket) -> io::Result<()> {
        if !self.address.is_multicast() {
            let text = format!(
                "{} is no multicast group; groups are 224.0.0.0 to 239.255.255.255 and ff00::/8",
                self.address
            );
            return Err(io::Error::new(io::ErrorKind::InvalidInput, text));
        }
        match self.address {
            IpAddr::V4(group) => {
                if self.joins {
                    let interface = match self.interface {
                        Interface::Any => InterfaceIndexOrAddress::Address(Ipv4Addr::UNSPECIFIED),
                        Interface::Address(address) => InterfaceIndexOrAddress::Address(address),
                        Interface::Index(index) => InterfaceIndexOrAddress::Index(index),
                    };
                    socket.join_multicast_v4_n(&group, &interface)?;
                }
                let Some(ttl) = self.ttl else { return Ok(()) };
                socket.set_multicast_ttl_v4(ttl.into())?;
                socket.set_multicast_loop_v4(self.loops)?;
                match self.interface {
                    Interface::Any => Ok(()),
                    Interface::Address(address) => socket.set_multicast_if_v4(&address),
                    Interface::Index(_) => Err(io::Error::new(
                        io::ErrorKind::InvalidInput,
                        "the interface by which to send to an IPv4 group is named by its address, \
                         Interface::Address",
                    )),
                }
            }
            IpAddr::V6(group) => {
                let index = match self.interface {
                    Interface::Any => 0,
                    Interface::Index(index) => index,
                    Interface::Address(_) => {
                        let text = "the interface of an IPv6 group is named by its number, Interface::Index";
                        return Err(io::Error::new(io::ErrorKind::InvalidInput, text));
                    }
                };
                if self.joins {
                    socket.join_multicast_v6(&group, index)?;
                }
                let Some(ttl) = self.ttl else { return Ok(()) };
                socket.set_multicast_hops_v6(ttl.into())?;
                socket.set_multicast_loop_v6(self.loops)?;
                if index > 0 {
                    socket.set_multicast_if_v6(index)?;
                }
                Ok(())
            }
        }
    }
}

impl fmt::Display for Group {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the group {}", self.address)?;
        match self.interface {
            Interface::Any => Ok(()),
            Interface::Address(address) => write!(f, " by the interface {address}"),
            Interface::Index(index) => write!(f, " by the interface {index}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use socket2::{Domain, Type};

    use super::*;

    #[test]
    fn what_was_said_of_the_loop_and_the_hops_arrives_at_the_socket() {
        let group = Group { ttl: Some(3), loops: false, ..Group::joined([239, 255, 77, 2].into()) };
        let socket = Socket::new(Domain::IPV4, Type::DGRAM, None).unwrap();
        let group = Group { interface: Interface::Address(Ipv4Addr::LOCALHOST), ..group };
        group.prepare(&socket).unwrap();
        assert_eq!(socket.multicast_ttl_v4().unwrap(), 3);
        assert!(!socket.multicast_loop_v4().unwrap());
        assert_eq!(socket.multicast_if_v4().unwrap(), Ipv4Addr::LOCALHOST);
        let Ok(socket) = Socket::new(Domain::IPV6, Type::DGRAM, None) else { return };
        let group = Group { address: "ff11::7702".parse().unwrap(), interface: Interface::Index(1), ..group };
        group.prepare(&socket).unwrap();
        assert_eq!(socket.multicast_hops_v6().unwrap(), 3);
        assert!(!socket.multicast_loop_v6().unwrap());
        assert_eq!(socket.multicast_if_v6().unwrap(), 1);
    }
}
