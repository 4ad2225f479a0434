//! The entries in the catalogue of HTTP and WebSockets.

use std::path::PathBuf;

#[cfg(feature = "websocket")]
use axon::catalogue::Factory;
use axon::catalogue::{Argument, ArgumentError, Arguments, Carries, Entry, Kind};
use axon::util::PureTransformer;
use axon::{Message, pipeline};

use super::{LISTEN, listen};
use crate::http::{HttpServer, MinimalFactory, Request, RequestHead, ResponseHead, Routes};
use crate::http::{SimpleHttpClient, SingleShotHttpClient};

pub(super) fn entries() -> Vec<Entry> {
    let entries = http().into_iter();
    #[cfg(feature = "websocket")]
    let entries = entries.chain(web_sockets());
    entries.collect()
}

fn url(example: &'static str) -> Argument {
    Argument::text("url", "the address").positional().required().example(example)
}

fn http() -> Vec<Entry> {
    let shot = Entry::new(
        Kind::Network,
        "kamaelia_net::http::SingleShotHttpClient",
        "Makes one request.",
        |given| {
            let url = given.need::<String>("url");
            let request = Request::get(&url).body(()).ok().filter(|request| request.uri().host().is_some());
            let is_http = |request: &Request<()>| matches!(request.uri().scheme_str(), Some("http" | "https"));
            let request = request.filter(is_http).ok_or_else(|| {
                let form = "http://HOST[:PORT]/PATH or https://HOST[:PORT]/PATH";
                ArgumentError::new("url", format!("{url:?} is no address of a page; it is {form}"))
            })?;
            let client = client(given, SingleShotHttpClient::new(request))?;
            // What people want to see is what was asked for.
            let body = |message: Message| (!message.is::<ResponseHead>()).then_some(message);
            Ok(pipeline![client, PureTransformer::new(body)])
        },
    )
    .rust(
        "axon::pipeline![kamaelia_net::http::SingleShotHttpClient::new(kamaelia_net::http::Request::get({url}).body(())?)\
         .redirects({redirects}), axon::util::PureTransformer::new(|message: axon::Message| \
         (!message.is::<kamaelia_net::http::ResponseHead>()).then_some(message))]",
    )
    .named_in_python("SingleShotHTTPClient")
    .argument(url("http://localhost:8000/"))
    .argument(Argument::count("redirects", "how many redirections are followed").default("10").constructor())
    .sends(Carries::Bytes);
    let client = Entry::new(
        Kind::Network,
        "kamaelia_net::http::SimpleHttpClient",
        "Makes the requests that arrive, one after another, and sends each answer as a whole.",
        |given| Ok(given.set("redirects", SimpleHttpClient::new(), SimpleHttpClient::redirects)),
    )
    .named_in_python("SimpleHTTPClient")
    .argument(Argument::count("redirects", "how many redirections are followed").default("10"))
    .takes(Carries::Text)
    .sends(Carries::Other("answers"));
    let server = Entry::new(
        Kind::Network,
        "kamaelia_net::http::HttpServer",
        "Serves HTTP/1.1 and 1.0: makes a handler for each request, and links it to the connection.",
        |given| {
            let home = given.need::<PathBuf>("home");
            if !home.is_dir() {
                return Err(ArgumentError::new("home", format!("{} is no folder", home.display())));
            }
            let files = MinimalFactory::new(home);
            let files = given.set("index", files, |files, name: String| files.index_filename(name));
            let routes = Routes::new().on("/", move |request: &RequestHead| files.make(request));
            site(given, HttpServer::routing(routes, listen(given)?))
        },
    )
    .rust(
        "{ let files = kamaelia_net::http::MinimalFactory::new({home}).index_filename({index}); \
         kamaelia_net::http::HttpServer::routing(kamaelia_net::http::Routes::new().on(\"/\", move |request: \
         &kamaelia_net::http::RequestHead| files.make(request)), {address}) }",
    )
    .named_in_python("HTTPServer")
    .argument(Argument::address("address", "where it listens").positional().required().rust(LISTEN))
    .argument(Argument::path("home", "the folder whose files it serves").positional().required().example("."))
    .argument(
        Argument::text("index", "the file that stands for a folder").default("\"index.html\"").constructor(),
    );
    vec![with_authorities(shot), client, with_certificate(server)]
}

#[cfg(feature = "websocket")]
fn web_sockets() -> Vec<Entry> {
    use crate::websocket::{WebSocket, WebSocketClient};

    let client = Entry::new(
        Kind::Network,
        "kamaelia_net::websocket::WebSocketClient",
        "Opens a WebSocket to a server, and then acts as it.",
        |given| {
            let client = WebSocketClient::new(&given.need::<String>("url"));
            let client = client.map_err(|error| ArgumentError::new("url", error))?;
            #[cfg(feature = "rustls")]
            let client = match super::authorities(given)? {
                Some(tls) => client.tls(tls),
                None => client,
            };
            Ok(client)
        },
    )
    .rust("kamaelia_net::websocket::WebSocketClient::new({url})?")
    .argument(url("ws://localhost:8000/"));
    let server = Entry::new(
        Kind::Network,
        "kamaelia_net::websocket::WebSocket",
        "A WebSocket on a server: the handler of a request under an [`HttpServer`](crate::http::HttpServer), which \
         accepts it and gives its messages to a handler of your own.",
        |given| {
            let protocol: Factory = given.need("protocol");
            let routes = Routes::new().on(given.need::<String>("path"), move |request: &RequestHead| {
                let protocol = protocol.clone();
                WebSocket::new(request, move |_| protocol.make())
            });
            site(given, HttpServer::routing(routes, listen(given)?))
        },
    )
    .called("WebSocketServer")
    .rust(
        "kamaelia_net::http::HttpServer::routing(kamaelia_net::http::Routes::new().on({path}, |request: \
         &kamaelia_net::http::RequestHead| kamaelia_net::websocket::WebSocket::new(request, |_| {protocol})), {address})",
    )
    .argument(Argument::address("address", "where it listens").positional().required().rust(LISTEN))
    .argument(Argument::text("path", "the path of its address").positional().required().example("/"))
    .argument(
        Argument::component("protocol", "what is made for each WebSocket")
            .positional()
            .required()
            .example("EchoProtocol"),
    );
    vec![with_authorities(client), with_certificate(server)]
}

fn client(given: &Arguments, client: SingleShotHttpClient) -> Result<SingleShotHttpClient, ArgumentError> {
    #[cfg(feature = "rustls")]
    let client = match super::authorities(given)? {
        Some(tls) => client.tls(tls),
        None => client,
    };
    Ok(given.set("redirects", client, SingleShotHttpClient::redirects))
}

fn site(given: &Arguments, server: HttpServer) -> Result<HttpServer, ArgumentError> {
    #[cfg(feature = "rustls")]
    let server = match super::certificate(given)? {
        Some(tls) => server.tls(tls),
        None => server,
    };
    #[cfg(not(feature = "rustls"))]
    let _ = given;
    Ok(server)
}

fn with_authorities(entry: Entry) -> Entry {
    #[cfg(feature = "rustls")]
    let entry = super::with_authorities(entry);
    entry
}

fn with_certificate(entry: Entry) -> Entry {
    #[cfg(feature = "rustls")]
    let entry = super::tls_of_server(entry);
    entry
}
