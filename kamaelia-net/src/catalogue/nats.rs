//! The entry in the catalogue of the backplane over NATS.

use axon::catalogue::{Argument, ArgumentError, Entry, Kind};

use crate::nats::{NatsBackplane, NatsClient};

pub(super) fn entries() -> Vec<Entry> {
    let backplane = Entry::new(
        Kind::Network,
        "kamaelia_net::nats::NatsBackplane",
        "A [`Backplane`](axon::util::Backplane) that several processes share, by a NATS server.",
        |given| {
            let client = NatsClient::new(&given.need::<String>("server"));
            let client = client.map_err(|error| ArgumentError::new("server", error))?;
            let name = given.need::<String>("name");
            NatsBackplane::new(name, client).map_err(|error| ArgumentError::new("name", error))
        },
    )
    .rust("kamaelia_net::nats::NatsBackplane::new({name}, kamaelia_net::nats::NatsClient::new({server})?)?")
    .argument(Argument::text("name", "its name, and its subject").positional().required().example("CHAT"))
    .argument(
        Argument::text("server", "the address of the server, or several with commas between them")
            .positional()
            .required()
            .example("127.0.0.1:4222"),
    );
    vec![backplane]
}
