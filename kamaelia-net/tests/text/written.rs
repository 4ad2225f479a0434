//! Written by `programs.rs`: graphs as programs.

mod a_row {
fn main() -> axon::Result {
    axon::run(axon::pipeline![
        axon::util::SimpleReader::new("access.log"),
        axon::util::LineSplit::new().ending_lines(),
        axon::file::Grep::new(" 500 ")?,
        axon::util::ConsoleEchoer::new().lines().tag("> "),
    ])?;
    Ok(())
}
}

mod names {
fn main() -> axon::Result {
    axon::run(axon::chassis::Graphline::new()
        .component("a", axon::util::OneShot::new("x\n"))
        .component("b", axon::util::TwoWaySplitter::new())
        .component("c", axon::util::ConsoleEchoer::new().lines())
        .link(("a", "outbox"), ("b", "inbox"))?
        .link(("a", "signal"), ("b", "control"))?
        .link(("b", "outbox2"), ("c", "inbox"))?
        .link(("b", "signal2"), ("c", "control"))?)?;
    Ok(())
}
}

mod a_limit {
use axon::chassis::InboxSizes;

fn main() -> axon::Result {
    axon::run(axon::chassis::Graphline::new()
        .component("a", axon::util::DataSource::new(["1", "2"]))
        .component("b", axon::util::PassThrough::new().inbox_size("inbox", 10))
        .component("NullSinkComponent", axon::util::NullSinkComponent::new())
        .link(("a", "outbox"), ("b", "inbox"))?
        .link(("a", "signal"), ("b", "control"))?
        .link(("b", "outbox"), ("NullSinkComponent", "inbox"))?
        .link(("b", "signal"), ("NullSinkComponent", "control"))?)?;
    Ok(())
}
}

mod others_inside {
fn main() -> axon::Result {
    axon::run(axon::chassis::Graphline::new()
        .component("a", axon::util::OneShot::new("x"))
        .component("g", axon::chassis::Graphline::new()
            .component("p", axon::util::PassThrough::new())
            .link(("self", "inbox"), ("p", "inbox"))?
            .link(("p", "outbox"), ("self", "outbox"))?
            .link(("self", "control"), ("p", "control"))?
            .link(("p", "signal"), ("self", "signal"))?)
        .component("ConsoleEchoer", axon::util::ConsoleEchoer::new().lines())
        .link(("a", "outbox"), ("g", "inbox"))?
        .link(("a", "signal"), ("g", "control"))?
        .link(("g", "outbox"), ("ConsoleEchoer", "inbox"))?
        .link(("g", "signal"), ("ConsoleEchoer", "control"))?)?;
    Ok(())
}
}

mod a_server {
fn main() -> axon::Result {
    axon::run(kamaelia_net::SimpleServer::new(|| axon::pipeline![
        axon::util::ChunksToLines::new(),
        axon::util::PassThrough::new(),
    ], "127.0.0.1:1500".parse::<kamaelia_net::Listen>()?))?;
    Ok(())
}
}

mod chassis {
fn main() -> axon::Result {
    axon::run(axon::chassis::Graphline::new()
        .component("a", axon::chassis::Seq::from_iter([axon::AnyComponent::new(axon::util::OneShot::new("x")), axon::AnyComponent::new(axon::util::OneShot::new("y"))]))
        .component("b", axon::chassis::Par::from_iter([axon::AnyComponent::new(axon::util::PassThrough::new()), axon::AnyComponent::new(axon::util::PassThrough::new())]))
        .link(("a", "outbox"), ("b", "inbox"))?
        .link(("a", "signal"), ("b", "control"))?)?;
    Ok(())
}
}

mod bytes {
fn main() -> axon::Result {
    axon::run(axon::pipeline![
        axon::util::DataChunker::new().sync(b"\xff\x00"),
        axon::util::DataDeChunker::new().sync(b"\xff\x00"),
    ])?;
    Ok(())
}
}

mod each_ActivityMonitor {
fn main() -> axon::Result {
    axon::run(axon::chassis::Graphline::new()
        .component("c0", kamaelia_net::ActivityMonitor::new())
        .component("c1", kamaelia_net::ActivityMonitor::new().message("hello")))?;
    Ok(())
}
}

mod each_Append {
fn main() -> axon::Result {
    axon::run(axon::chassis::Graphline::new()
        .component("c0", axon::file::Append::new("log.txt"))
        .component("c1", axon::file::Append::new("log.txt").without_forwarder())
        .component("c2", axon::file::Append::new("log.txt").blat_file())
        .component("c3", axon::file::Append::new("log.txt").reopening())
        .component("c4", axon::file::Append::new("log.txt").durable()))?;
    Ok(())
}
}

mod each_Backplane {
fn main() -> axon::Result {
    axon::run(axon::chassis::Graphline::new()
        .component("c0", axon::util::Backplane::new("CHAT"))
        .component("c1", axon::util::Backplane::new("CHAT").when_full(match "hold" { "drop" => axon::util::WhenFull::Drop, "cut" => axon::util::WhenFull::Cut, _ => axon::util::WhenFull::Hold })))?;
    Ok(())
}
}

mod each_Bandwidth {
fn main() -> axon::Result {
    axon::run(axon::chassis::Graphline::new()
        .component("c0", kamaelia_net::simulate::Bandwidth::new(65536)))?;
    Ok(())
}
}

mod each_ByteRateRequestControl {
fn main() -> axon::Result {
    axon::run(axon::chassis::Graphline::new()
        .component("c0", axon::util::ByteRateRequestControl::new(10.0))
        .component("c1", axon::util::ByteRateRequestControl::new(10.0).chunk_size(10.0))
        .component("c2", axon::util::ByteRateRequestControl::new(10.0).chunk_rate(5.0))
        .component("c3", axon::util::ByteRateRequestControl::new(10.0).aggregating()))?;
    Ok(())
}
}

mod each_Carousel {
fn main() -> axon::Result {
    axon::run(axon::chassis::Graphline::new()
        .component("c0", axon::chassis::Carousel::new(|_: axon::Message| axon::util::PassThrough::new())))?;
    Ok(())
}
}

mod each_Chargen {
fn main() -> axon::Result {
    axon::run(axon::chassis::Graphline::new()
        .component("c0", axon::util::Chargen::new()))?;
    Ok(())
}
}

mod each_CheapAndCheerfulClock {
fn main() -> axon::Result {
    axon::run(axon::chassis::Graphline::new()
        .component("c0", axon::util::CheapAndCheerfulClock::new(std::time::Duration::from_secs(1))))?;
    Ok(())
}
}

mod each_Chooser {
fn main() -> axon::Result {
    axon::run(axon::chassis::Graphline::new()
        .component("c0", axon::util::Chooser::new(["hello"]))
        .component("c1", axon::util::Chooser::new(["hello"]).looping()))?;
    Ok(())
}
}

mod each_ChunkNamer {
fn main() -> axon::Result {
    axon::run(axon::chassis::Graphline::new()
        .component("c0", axon::util::ChunkNamer::new("hello", ".bin")))?;
    Ok(())
}
}

mod each_Chunkifier {
fn main() -> axon::Result {
    axon::run(axon::chassis::Graphline::new()
        .component("c0", axon::util::Chunkifier::new())
        .component("c1", axon::util::Chunkifier::new().chunk_size(65536))
        .component("c2", axon::util::Chunkifier::new().no_delay()))?;
    Ok(())
}
}

mod each_ChunksToLines {
fn main() -> axon::Result {
    axon::run(axon::chassis::Graphline::new()
        .component("c0", axon::util::ChunksToLines::new())
        .component("c1", axon::util::ChunksToLines::new().keep_last_line())
        .component("c2", axon::util::ChunksToLines::new().longest_line(65536)))?;
    Ok(())
}
}

mod each_Collate {
fn main() -> axon::Result {
    axon::run(axon::chassis::Graphline::new()
        .component("c0", axon::util::Collate::<axon::Message>::new()))?;
    Ok(())
}
}

mod each_Comparator {
fn main() -> axon::Result {
    axon::run(axon::chassis::Graphline::new()
        .component("c0", axon::util::Comparator::<String>::new()))?;
    Ok(())
}
}

mod each_ComponentBoxTracer {
fn main() -> axon::Result {
    axon::run(axon::chassis::Graphline::new()
        .component("c0", axon::util::ComponentBoxTracer::new(axon::util::PassThrough::new(), axon::util::ConsoleEchoer::new().lines())))?;
    Ok(())
}
}

mod each_ConfigFileReader {
fn main() -> axon::Result {
    axon::run(axon::chassis::Graphline::new()
        .component("c0", axon::file::ConfigFileReader::new("log.txt")))?;
    Ok(())
}
}

mod each_ConsoleEchoer {
fn main() -> axon::Result {
    axon::run(axon::chassis::Graphline::new()
        .component("c0", axon::util::ConsoleEchoer::new().lines())
        .component("c1", axon::util::ConsoleEchoer::new().lines().as_it_is())
        .component("c2", axon::util::ConsoleEchoer::new().lines().tag("hello"))
        .component("c3", axon::util::ConsoleEchoer::new().lines().use_debug())
        .component("c4", axon::util::ConsoleEchoer::new().lines().forwarder()))?;
    Ok(())
}
}

mod each_ConsoleLine {
fn main() -> axon::Result {
    axon::run(axon::chassis::Graphline::new()
        .component("c0", axon::util::ConsoleLine::new("hello")))?;
    Ok(())
}
}

mod each_ConsoleReader {
fn main() -> axon::Result {
    axon::run(axon::chassis::Graphline::new()
        .component("c0", axon::util::ConsoleReader::new())
        .component("c1", axon::util::ConsoleReader::new().prompt("hello"))
        .component("c2", axon::util::ConsoleReader::new().eol("hello"))
        .component("c3", axon::util::ConsoleReader::new().longest_line(65536))
        .component("c4", axon::util::ConsoleReader::new().lossy())
        .component("c5", axon::util::ConsoleReader::new().as_bytes()))?;
    Ok(())
}
}

mod each_DataChunker {
fn main() -> axon::Result {
    axon::run(axon::chassis::Graphline::new()
        .component("c0", axon::util::DataChunker::new())
        .component("c1", axon::util::DataChunker::new().sync(b"SYNC")))?;
    Ok(())
}
}

mod each_DataDeChunker {
fn main() -> axon::Result {
    axon::run(axon::chassis::Graphline::new()
        .component("c0", axon::util::DataDeChunker::new())
        .component("c1", axon::util::DataDeChunker::new().sync(b"SYNC"))
        .component("c2", axon::util::DataDeChunker::new().keep_last_chunk())
        .component("c3", axon::util::DataDeChunker::new().longest_chunk(65536)))?;
    Ok(())
}
}

mod each_DataSource {
fn main() -> axon::Result {
    axon::run(axon::chassis::Graphline::new()
        .component("c0", axon::util::DataSource::new(["hello"])))?;
    Ok(())
}
}

mod each_DeFramer {
fn main() -> axon::Result {
    axon::run(axon::chassis::Graphline::new()
        .component("c0", axon::util::DeFramer::new())
        .component("c1", axon::util::DeFramer::new().longest_frame(65536)))?;
    Ok(())
}
}

mod each_Delay {
fn main() -> axon::Result {
    axon::run(axon::chassis::Graphline::new()
        .component("c0", kamaelia_net::simulate::Delay::new(std::time::Duration::from_nanos(100000000))))?;
    Ok(())
}
}

mod each_DictFormatter {
fn main() -> axon::Result {
    axon::run(axon::chassis::Graphline::new()
        .component("c0", axon::file::DictFormatter::new()))?;
    Ok(())
}
}

mod each_Duplicate {
fn main() -> axon::Result {
    axon::run(axon::chassis::Graphline::new()
        .component("c0", kamaelia_net::simulate::Duplicate::new())
        .component("c1", kamaelia_net::simulate::Duplicate::new().seed(10)))?;
    Ok(())
}
}

mod each_EchoProtocol {
fn main() -> axon::Result {
    axon::run(axon::chassis::Graphline::new()
        .component("c0", axon::util::EchoProtocol::new()))?;
    Ok(())
}
}

mod each_Entuple {
fn main() -> axon::Result {
    axon::run(axon::chassis::Graphline::new()
        .component("c0", axon::util::Entuple::<String>::new().prefix([]).postfix([]))
        .component("c1", axon::util::Entuple::<String>::new().prefix(["hello".to_owned()]).postfix([]))
        .component("c2", axon::util::Entuple::<String>::new().prefix([]).postfix(["hello".to_owned()])))?;
    Ok(())
}
}

mod each_FilterButKeepTag {
fn main() -> axon::Result {
    axon::run(axon::chassis::Graphline::new()
        .component("c0", axon::util::FilterButKeepTag::<String>::new()))?;
    Ok(())
}
}

mod each_FilterTag {
fn main() -> axon::Result {
    axon::run(axon::chassis::Graphline::new()
        .component("c0", axon::util::FilterTag::<String>::new()))?;
    Ok(())
}
}

mod each_Find {
fn main() -> axon::Result {
    axon::run(axon::chassis::Graphline::new()
        .component("c0", axon::file::Find::new("."))
        .component("c1", axon::file::Find::new(".").files())
        .component("c2", axon::file::Find::new(".").folders()))?;
    Ok(())
}
}

mod each_FirstOnly {
fn main() -> axon::Result {
    axon::run(axon::chassis::Graphline::new()
        .component("c0", axon::util::FirstOnly::new())
        .component("c1", axon::util::FirstOnly::new().ending()))?;
    Ok(())
}
}

mod each_FixedRateControlledReusableFileReader {
fn main() -> axon::Result {
    axon::run(axon::chassis::Graphline::new()
        .component("c0", axon::file::FixedRateControlledReusableFileReader::bytes(10.0))
        .component("c1", axon::file::FixedRateControlledReusableFileReader::bytes(10.0))
        .component("c2", axon::file::FixedRateControlledReusableFileReader::bytes(10.0).chunk_size(10.0)))?;
    Ok(())
}
}

mod each_FortuneCookieProtocol {
fn main() -> axon::Result {
    axon::run(axon::chassis::Graphline::new()
        .component("c0", kamaelia_net::FortuneCookieProtocol::new())
        .component("c1", kamaelia_net::FortuneCookieProtocol::new().or_else("hello"))
        .component("c2", kamaelia_net::FortuneCookieProtocol::new().program("hello")))?;
    Ok(())
}
}

mod each_ForwardIteratingChooser {
fn main() -> axon::Result {
    axon::run(axon::chassis::Graphline::new()
        .component("c0", axon::util::ForwardIteratingChooser::new(["hello"])))?;
    Ok(())
}
}

mod each_Framer {
fn main() -> axon::Result {
    axon::run(axon::chassis::Graphline::new()
        .component("c0", axon::util::Framer::new()))?;
    Ok(())
}
}

mod each_Graphline {
fn main() -> axon::Result {
    axon::run(axon::chassis::Graphline::new()
        .component("c0", axon::util::PassThrough::new()))?;
    Ok(())
}
}

mod each_Grep {
fn main() -> axon::Result {
    axon::run(axon::chassis::Graphline::new()
        .component("c0", axon::file::Grep::new("hello")?)
        .component("c1", axon::file::Grep::new("hello")?.invert()))?;
    Ok(())
}
}

mod each_HttpServer {
fn main() -> axon::Result {
    axon::run(axon::chassis::Graphline::new()
        .component("c0", { let files = kamaelia_net::http::MinimalFactory::new(".").index_filename("index.html"); kamaelia_net::http::HttpServer::routing(kamaelia_net::http::Routes::new().on("/", move |request: &kamaelia_net::http::RequestHead| files.make(request)), "127.0.0.1:0".parse::<kamaelia_net::Listen>()?) })
        .component("c1", { let files = kamaelia_net::http::MinimalFactory::new(".").index_filename("hello"); kamaelia_net::http::HttpServer::routing(kamaelia_net::http::Routes::new().on("/", move |request: &kamaelia_net::http::RequestHead| files.make(request)), "127.0.0.1:0".parse::<kamaelia_net::Listen>()?) }))?;
    Ok(())
}
}

mod each_InactivityChassis {
fn main() -> axon::Result {
    axon::run(axon::chassis::Graphline::new()
        .component("c0", kamaelia_net::InactivityChassis::new(axon::util::EchoProtocol::new(), std::time::Duration::from_secs(30))))?;
    Ok(())
}
}

mod each_IntelligentFileReader {
fn main() -> axon::Result {
    axon::run(axon::chassis::Graphline::new()
        .component("c0", axon::file::IntelligentFileReader::new("log.txt"))
        .component("c1", axon::file::IntelligentFileReader::new("log.txt").chunk_size(65536))
        .component("c2", axon::file::IntelligentFileReader::new("log.txt").max_queue(10)))?;
    Ok(())
}
}

mod each_JsonDecoder {
fn main() -> axon::Result {
    axon::run(axon::chassis::Graphline::new()
        .component("c0", axon::util::JsonDecoder::new()))?;
    Ok(())
}
}

mod each_JsonEncoder {
fn main() -> axon::Result {
    axon::run(axon::chassis::Graphline::new()
        .component("c0", <axon::util::JsonEncoder>::new()))?;
    Ok(())
}
}

mod each_LengthDeFramer {
fn main() -> axon::Result {
    axon::run(axon::chassis::Graphline::new()
        .component("c0", axon::util::LengthDeFramer::new())
        .component("c1", axon::util::LengthDeFramer::new().prefix(match "u8" { "u8" => axon::util::LengthPrefix::U8, "u16be" => axon::util::LengthPrefix::U16Be, "u16le" => axon::util::LengthPrefix::U16Le, "u32le" => axon::util::LengthPrefix::U32Le, _ => axon::util::LengthPrefix::U32Be }))
        .component("c2", axon::util::LengthDeFramer::new().longest_frame(65536)))?;
    Ok(())
}
}

mod each_LengthFramer {
fn main() -> axon::Result {
    axon::run(axon::chassis::Graphline::new()
        .component("c0", axon::util::LengthFramer::new())
        .component("c1", axon::util::LengthFramer::new().prefix(match "u8" { "u8" => axon::util::LengthPrefix::U8, "u16be" => axon::util::LengthPrefix::U16Be, "u16le" => axon::util::LengthPrefix::U16Le, "u32le" => axon::util::LengthPrefix::U32Le, _ => axon::util::LengthPrefix::U32Be })))?;
    Ok(())
}
}

mod each_LineSplit {
fn main() -> axon::Result {
    axon::run(axon::chassis::Graphline::new()
        .component("c0", axon::util::LineSplit::new().ending_lines())
        .component("c1", axon::util::LineSplit::new().ending_lines().longest_line(65536)))?;
    Ok(())
}
}

mod each_LinesToTokenlists {
fn main() -> axon::Result {
    axon::run(axon::chassis::Graphline::new()
        .component("c0", axon::util::LinesToTokenlists::new()))?;
    Ok(())
}
}

mod each_LossyConnector {
fn main() -> axon::Result {
    axon::run(axon::chassis::Graphline::new()
        .component("c0", axon::util::LossyConnector::new()))?;
    Ok(())
}
}

mod each_Max {
fn main() -> axon::Result {
    axon::run(axon::chassis::Graphline::new()
        .component("c0", axon::util::Max::<String>::new()))?;
    Ok(())
}
}

mod each_MaxSizePacketiser {
fn main() -> axon::Result {
    axon::run(axon::chassis::Graphline::new()
        .component("c0", axon::util::MaxSizePacketiser::new())
        .component("c1", axon::util::MaxSizePacketiser::new().max_size(65536)))?;
    Ok(())
}
}

mod each_MaxSpeedFileReader {
fn main() -> axon::Result {
    axon::run(axon::chassis::Graphline::new()
        .component("c0", axon::util::MaxSpeedFileReader::new("log.txt"))
        .component("c1", axon::util::MaxSpeedFileReader::new("log.txt").chunk_size(65536)))?;
    Ok(())
}
}

mod each_MessageRateLimit {
fn main() -> axon::Result {
    axon::run(axon::chassis::Graphline::new()
        .component("c0", axon::util::MessageRateLimit::new(10.0))
        .component("c1", axon::util::MessageRateLimit::new(10.0).buffer(10)))?;
    Ok(())
}
}

mod each_MulticastReceiver {
fn main() -> axon::Result {
    axon::run(axon::chassis::Graphline::new()
        .component("c0", kamaelia_net::MulticastReceiver::new("239.1.2.3:1600".parse::<std::net::SocketAddr>()?)))?;
    Ok(())
}
}

mod each_MulticastSender {
fn main() -> axon::Result {
    axon::run(axon::chassis::Graphline::new()
        .component("c0", kamaelia_net::MulticastSender::new("127.0.0.1:0".parse::<std::net::SocketAddr>()?, "239.1.2.3:1600".parse::<std::net::SocketAddr>()?))
        .component("c1", kamaelia_net::MulticastSender::new("127.0.0.1:0".parse::<std::net::SocketAddr>()?, "239.1.2.3:1600".parse::<std::net::SocketAddr>()?).ttl(10))
        .component("c2", kamaelia_net::MulticastSender::new("127.0.0.1:0".parse::<std::net::SocketAddr>()?, "239.1.2.3:1600".parse::<std::net::SocketAddr>()?).without_loop()))?;
    Ok(())
}
}

mod each_MulticastTransceiver {
fn main() -> axon::Result {
    axon::run(axon::chassis::Graphline::new()
        .component("c0", kamaelia_net::MulticastTransceiver::new("127.0.0.1:0".parse::<std::net::SocketAddr>()?, "239.1.2.3:1600".parse::<std::net::SocketAddr>()?))
        .component("c1", kamaelia_net::MulticastTransceiver::new("127.0.0.1:0".parse::<std::net::SocketAddr>()?, "239.1.2.3:1600".parse::<std::net::SocketAddr>()?).ttl(10))
        .component("c2", kamaelia_net::MulticastTransceiver::new("127.0.0.1:0".parse::<std::net::SocketAddr>()?, "239.1.2.3:1600".parse::<std::net::SocketAddr>()?).without_loop()))?;
    Ok(())
}
}

mod each_NatsBackplane {
fn main() -> axon::Result {
    axon::run(axon::chassis::Graphline::new()
        .component("c0", kamaelia_net::nats::NatsBackplane::new("CHAT", kamaelia_net::nats::NatsClient::new("127.0.0.1:4222")?)?))?;
    Ok(())
}
}

mod each_NullSinkComponent {
fn main() -> axon::Result {
    axon::run(axon::chassis::Graphline::new()
        .component("c0", axon::util::NullSinkComponent::new()))?;
    Ok(())
}
}

mod each_OnDemandLimit {
fn main() -> axon::Result {
    axon::run(axon::chassis::Graphline::new()
        .component("c0", axon::util::OnDemandLimit::new()))?;
    Ok(())
}
}

mod each_OneShot {
fn main() -> axon::Result {
    axon::run(axon::chassis::Graphline::new()
        .component("c0", axon::util::OneShot::new("hello")))?;
    Ok(())
}
}

mod each_Par {
fn main() -> axon::Result {
    axon::run(axon::chassis::Graphline::new()
        .component("c0", axon::chassis::Par::from_iter([axon::AnyComponent::new(axon::util::PassThrough::new())])))?;
    Ok(())
}
}

mod each_Parallel {
fn main() -> axon::Result {
    axon::run(axon::chassis::Graphline::new()
        .component("c0", axon::pipeline![axon::AnyComponent::new(axon::util::PassThrough::new())]))?;
    Ok(())
}
}

mod each_PassThrough {
fn main() -> axon::Result {
    axon::run(axon::chassis::Graphline::new()
        .component("c0", axon::util::PassThrough::new()))?;
    Ok(())
}
}

mod each_PeriodicTick {
fn main() -> axon::Result {
    axon::run(axon::chassis::Graphline::new()
        .component("c0", axon::util::PeriodicTick::new(std::time::Duration::from_secs(1)))
        .component("c1", axon::util::PeriodicTick::new(std::time::Duration::from_secs(1)).message("hello")))?;
    Ok(())
}
}

mod each_PeriodicWakeup {
fn main() -> axon::Result {
    axon::run(axon::chassis::Graphline::new()
        .component("c0", axon::util::PeriodicWakeup::new(std::time::Duration::from_secs(1)))
        .component("c1", axon::util::PeriodicWakeup::new(std::time::Duration::from_secs(1)).message("hello")))?;
    Ok(())
}
}

mod each_Pipeline {
fn main() -> axon::Result {
    axon::run(axon::chassis::Graphline::new()
        .component("c0", axon::chassis::Pipeline::from_iter([axon::AnyComponent::new(axon::util::PassThrough::new())]))
        .component("c1", axon::chassis::Pipeline::from_iter([axon::AnyComponent::new(axon::util::PassThrough::new())]).circular()))?;
    Ok(())
}
}

mod each_PlugSplitter {
fn main() -> axon::Result {
    axon::run(axon::chassis::Graphline::new()
        .component("c0", axon::util::PlugSplitter::new())
        .component("c1", axon::util::PlugSplitter::new().when_full(match "hold" { "drop" => axon::util::WhenFull::Drop, "cut" => axon::util::WhenFull::Cut, _ => axon::util::WhenFull::Hold })))?;
    Ok(())
}
}

mod each_PostboxPeer {
fn main() -> axon::Result {
    axon::run(axon::chassis::Graphline::new()
        .component("c0", kamaelia_net::PostboxPeer::new("127.0.0.1:0".parse::<std::net::SocketAddr>()?)))?;
    Ok(())
}
}

mod each_Profiler {
fn main() -> axon::Result {
    axon::run(axon::chassis::Graphline::new()
        .component("c0", axon::util::Profiler::new(std::time::Duration::from_secs(1))))?;
    Ok(())
}
}

mod each_ProfilerOutputFormatter {
fn main() -> axon::Result {
    axon::run(axon::chassis::Graphline::new()
        .component("c0", axon::util::ProfilerOutputFormatter::new()))?;
    Ok(())
}
}

mod each_PromptedFileReader {
fn main() -> axon::Result {
    axon::run(axon::chassis::Graphline::new()
        .component("c0", axon::util::PromptedFileReader::bytes("log.txt"))
        .component("c1", axon::util::PromptedFileReader::bytes("log.txt"))
        .component("c2", axon::util::PromptedFileReader::bytes("log.txt").longest_line(65536))
        .component("c3", axon::util::PromptedFileReader::bytes("log.txt").lossy())
        .component("c4", axon::util::PromptedFileReader::bytes("log.txt").as_bytes()))?;
    Ok(())
}
}

mod each_PromptedTurnstile {
fn main() -> axon::Result {
    axon::run(axon::chassis::Graphline::new()
        .component("c0", axon::util::PromptedTurnstile::new()))?;
    Ok(())
}
}

mod each_PublishTo {
fn main() -> axon::Result {
    axon::run(axon::chassis::Graphline::new()
        .component("c0", axon::util::PublishTo::new("CHAT"))
        .component("c1", axon::util::PublishTo::new("CHAT").forwarder()))?;
    Ok(())
}
}

mod each_RateChunker {
fn main() -> axon::Result {
    axon::run(axon::chassis::Graphline::new()
        .component("c0", axon::util::RateChunker::new(88200.0, 2, 25.0)))?;
    Ok(())
}
}

mod each_RateControlledFileReader {
fn main() -> axon::Result {
    axon::run(axon::chassis::Graphline::new()
        .component("c0", axon::file::RateControlledFileReader::bytes("log.txt", 10.0))
        .component("c1", axon::file::RateControlledFileReader::bytes("log.txt", 10.0))
        .component("c2", axon::file::RateControlledFileReader::bytes("log.txt", 10.0).chunk_size(10.0)))?;
    Ok(())
}
}

mod each_ReadFileAdaptor {
fn main() -> axon::Result {
    axon::run(axon::chassis::Graphline::new()
        .component("c0", axon::file::ReadFileAdaptor::new("log.txt"))
        .component("c1", axon::file::ReadFileAdaptor::new("log.txt").by_line())
        .component("c2", axon::file::ReadFileAdaptor::new("log.txt").by_block(65536))
        .component("c3", axon::file::ReadFileAdaptor::new("log.txt").bitrate(10))
        .component("c4", axon::file::ReadFileAdaptor::new("log.txt").step_time(std::time::Duration::from_nanos(250000000))))?;
    Ok(())
}
}

mod each_RecoverOrder {
fn main() -> axon::Result {
    axon::run(axon::chassis::Graphline::new()
        .component("c0", axon::util::RecoverOrder::<String>::new())
        .component("c1", axon::util::RecoverOrder::<String>::new().window(10))
        .component("c2", axon::util::RecoverOrder::<String>::new().modulo(10)))?;
    Ok(())
}
}

mod each_RegisterService {
fn main() -> axon::Result {
    axon::run(axon::chassis::Graphline::new()
        .component("c0", axon::util::RegisterService::new(axon::util::PassThrough::new()).service("NUMBERS", "inbox")))?;
    Ok(())
}
}

mod each_Reorder {
fn main() -> axon::Result {
    axon::run(axon::chassis::Graphline::new()
        .component("c0", kamaelia_net::simulate::Reorder::new())
        .component("c1", kamaelia_net::simulate::Reorder::new().seed(10)))?;
    Ok(())
}
}

mod each_ResettableSender {
fn main() -> axon::Result {
    axon::run(axon::chassis::Graphline::new()
        .component("c0", kamaelia_net::ResettableSender::new(std::time::Duration::from_secs(30)))
        .component("c1", kamaelia_net::ResettableSender::new(std::time::Duration::from_secs(30)).message("hello")))?;
    Ok(())
}
}

mod each_ReusableFileReader {
fn main() -> axon::Result {
    axon::run(axon::chassis::Graphline::new()
        .component("c0", axon::file::ReusableFileReader::bytes())
        .component("c1", axon::file::ReusableFileReader::bytes()))?;
    Ok(())
}
}

mod each_Seq {
fn main() -> axon::Result {
    axon::run(axon::chassis::Graphline::new()
        .component("c0", axon::chassis::Seq::from_iter([axon::AnyComponent::new(axon::util::PassThrough::new())])))?;
    Ok(())
}
}

mod each_SimpleDetupler {
fn main() -> axon::Result {
    axon::run(axon::chassis::Graphline::new()
        .component("c0", axon::util::SimpleDetupler::<Vec<String>>::new(10)))?;
    Ok(())
}
}

mod each_SimpleFileWriter {
fn main() -> axon::Result {
    axon::run(axon::chassis::Graphline::new()
        .component("c0", axon::util::SimpleFileWriter::new("log.txt"))
        .component("c1", axon::util::SimpleFileWriter::new("log.txt").append()))?;
    Ok(())
}
}

mod each_SimpleFileWriterWithOutput {
fn main() -> axon::Result {
    axon::run(axon::chassis::Graphline::new()
        .component("c0", axon::file::SimpleFileWriterWithOutput::new("log.txt")))?;
    Ok(())
}
}

mod each_SimpleHttpClient {
fn main() -> axon::Result {
    axon::run(axon::chassis::Graphline::new()
        .component("c0", kamaelia_net::http::SimpleHttpClient::new())
        .component("c1", kamaelia_net::http::SimpleHttpClient::new().redirects(10)))?;
    Ok(())
}
}

mod each_SimplePeer {
fn main() -> axon::Result {
    axon::run(axon::chassis::Graphline::new()
        .component("c0", kamaelia_net::SimplePeer::new("127.0.0.1:0".parse::<std::net::SocketAddr>()?, "127.0.0.1:1600".parse::<kamaelia_net::Target>()?)))?;
    Ok(())
}
}

mod each_SimpleReader {
fn main() -> axon::Result {
    axon::run(axon::chassis::Graphline::new()
        .component("c0", axon::util::SimpleReader::new("log.txt"))
        .component("c1", axon::util::SimpleReader::new("log.txt").longest_line(65536))
        .component("c2", axon::util::SimpleReader::new("log.txt").lossy())
        .component("c3", axon::util::SimpleReader::new("log.txt").as_bytes()))?;
    Ok(())
}
}

mod each_SimpleServer {
fn main() -> axon::Result {
    axon::run(axon::chassis::Graphline::new()
        .component("c0", kamaelia_net::SimpleServer::new(|| axon::util::EchoProtocol::new(), "127.0.0.1:0".parse::<kamaelia_net::Listen>()?))
        .component("c1", kamaelia_net::SimpleServer::new(|| axon::util::EchoProtocol::new(), "127.0.0.1:0".parse::<kamaelia_net::Listen>()?).max_connections(10))
        .component("c2", kamaelia_net::SimpleServer::new(|| axon::util::EchoProtocol::new(), "127.0.0.1:0".parse::<kamaelia_net::Listen>()?).max_connections_per_peer(10))
        .component("c3", kamaelia_net::SimpleServer::new(|| axon::util::EchoProtocol::new(), "127.0.0.1:0".parse::<kamaelia_net::Listen>()?).accept_rate(10))
        .component("c4", kamaelia_net::SimpleServer::new(|| axon::util::EchoProtocol::new(), "127.0.0.1:0".parse::<kamaelia_net::Listen>()?).memory(65536))
        .component("c5", kamaelia_net::SimpleServer::new(|| axon::util::EchoProtocol::new(), "127.0.0.1:0".parse::<kamaelia_net::Listen>()?).drain_deadline(std::time::Duration::from_nanos(250000000))))?;
    Ok(())
}
}

mod each_SimpleXmlParser {
fn main() -> axon::Result {
    axon::run(axon::chassis::Graphline::new()
        .component("c0", axon::util::SimpleXmlParser::new())
        .component("c1", axon::util::SimpleXmlParser::new().deepest(10))
        .component("c2", axon::util::SimpleXmlParser::new().longest_markup(65536)))?;
    Ok(())
}
}

mod each_SingleServer {
fn main() -> axon::Result {
    axon::run(axon::chassis::Graphline::new()
        .component("c0", kamaelia_net::SingleServer::new("127.0.0.1:0".parse::<kamaelia_net::Listen>()?)))?;
    Ok(())
}
}

mod each_SingleShotHttpClient {
fn main() -> axon::Result {
    axon::run(axon::chassis::Graphline::new()
        .component("c0", axon::pipeline![kamaelia_net::http::SingleShotHttpClient::new(kamaelia_net::http::Request::get("http://localhost:8000/").body(())?).redirects(10), axon::util::PureTransformer::new(|message: axon::Message| (!message.is::<kamaelia_net::http::ResponseHead>()).then_some(message))])
        .component("c1", axon::pipeline![kamaelia_net::http::SingleShotHttpClient::new(kamaelia_net::http::Request::get("http://localhost:8000/").body(())?).redirects(10), axon::util::PureTransformer::new(|message: axon::Message| (!message.is::<kamaelia_net::http::ResponseHead>()).then_some(message))])
        .component("c2", axon::pipeline![kamaelia_net::http::SingleShotHttpClient::new(kamaelia_net::http::Request::get("http://localhost:8000/").body(())?).redirects(10), axon::util::PureTransformer::new(|message: axon::Message| (!message.is::<kamaelia_net::http::ResponseHead>()).then_some(message))]))?;
    Ok(())
}
}

mod each_SingleTick {
fn main() -> axon::Result {
    axon::run(axon::chassis::Graphline::new()
        .component("c0", axon::util::SingleTick::new(std::time::Duration::from_secs(1)))
        .component("c1", axon::util::SingleTick::new(std::time::Duration::from_secs(1)).message("hello")))?;
    Ok(())
}
}

mod each_Slice {
fn main() -> axon::Result {
    axon::run(axon::chassis::Graphline::new()
        .component("c0", kamaelia_net::simulate::Slice::new(7))
        .component("c1", kamaelia_net::simulate::Slice::new(7).seed(10)))?;
    Ok(())
}
}

mod each_Sort {
fn main() -> axon::Result {
    axon::run(axon::chassis::Graphline::new()
        .component("c0", axon::file::Sort::<String>::new())
        .component("c1", axon::file::Sort::<String>::new().at_most(10)))?;
    Ok(())
}
}

mod each_Stall {
fn main() -> axon::Result {
    axon::run(axon::chassis::Graphline::new()
        .component("c0", kamaelia_net::simulate::Stall::new(std::time::Duration::from_secs(1)))
        .component("c1", kamaelia_net::simulate::Stall::new(std::time::Duration::from_secs(1)).seed(10)))?;
    Ok(())
}
}

mod each_Stringify {
fn main() -> axon::Result {
    axon::run(axon::chassis::Graphline::new()
        .component("c0", axon::util::Stringify::new()))?;
    Ok(())
}
}

mod each_SubscribeTo {
fn main() -> axon::Result {
    axon::run(axon::chassis::Graphline::new()
        .component("c0", axon::util::SubscribeTo::new("CHAT")))?;
    Ok(())
}
}

mod each_Supervisor {
fn main() -> axon::Result {
    axon::run(axon::chassis::Graphline::new()
        .component("c0", axon::chassis::Supervisor::new(|| axon::util::PassThrough::new()))
        .component("c1", axon::chassis::Supervisor::new(|| axon::util::PassThrough::new()).restart(match "never" { "never" => axon::chassis::Restart::Never, "always" => axon::chassis::Restart::Always, _ => axon::chassis::Restart::OnFailure }))
        .component("c2", axon::chassis::Supervisor::new(|| axon::util::PassThrough::new()))
        .component("c3", axon::chassis::Supervisor::new(|| axon::util::PassThrough::new()))
        .component("c4", axon::chassis::Supervisor::new(|| axon::util::PassThrough::new())))?;
    Ok(())
}
}

mod each_Sync {
fn main() -> axon::Result {
    axon::run(axon::chassis::Graphline::new()
        .component("c0", axon::util::Sync::new(10)))?;
    Ok(())
}
}

mod each_TagWithSequenceNumber {
fn main() -> axon::Result {
    axon::run(axon::chassis::Graphline::new()
        .component("c0", axon::util::TagWithSequenceNumber::<String>::new())
        .component("c1", axon::util::TagWithSequenceNumber::<String>::new().starting_at(10)))?;
    Ok(())
}
}

mod each_Tail {
fn main() -> axon::Result {
    axon::run(axon::chassis::Graphline::new()
        .component("c0", axon::file::Tail::new("log.txt"))
        .component("c1", axon::file::Tail::new("log.txt").from_beginning())
        .component("c2", axon::file::Tail::new("log.txt").interval(std::time::Duration::from_secs(1))))?;
    Ok(())
}
}

mod each_TargettedPeer {
fn main() -> axon::Result {
    axon::run(axon::chassis::Graphline::new()
        .component("c0", kamaelia_net::TargettedPeer::new("127.0.0.1:0".parse::<std::net::SocketAddr>()?))
        .component("c1", kamaelia_net::TargettedPeer::new("127.0.0.1:0".parse::<std::net::SocketAddr>()?).target("127.0.0.1:1600".parse::<kamaelia_net::Target>()?)))?;
    Ok(())
}
}

mod each_TcpClient {
fn main() -> axon::Result {
    axon::run(axon::chassis::Graphline::new()
        .component("c0", kamaelia_net::TcpClient::new("localhost", 1500))
        .component("c1", kamaelia_net::TcpClient::new("localhost", 1500).delay(std::time::Duration::from_nanos(250000000)))
        .component("c2", kamaelia_net::TcpClient::new("localhost", 1500).connect_timeout(std::time::Duration::from_nanos(250000000)))
        .component("c3", kamaelia_net::TcpClient::new("localhost", 1500).wait_for_serverclose())
        .component("c4", kamaelia_net::TcpClient::new("localhost", 1500).half_open())
        .component("c5", kamaelia_net::TcpClient::new("localhost", 1500).tls(kamaelia_net::TlsClient::new()?)))?;
    Ok(())
}
}

mod each_TestResult {
fn main() -> axon::Result {
    axon::run(axon::chassis::Graphline::new()
        .component("c0", axon::util::TestResult::new()))?;
    Ok(())
}
}

mod each_Throwaway {
fn main() -> axon::Result {
    axon::run(axon::chassis::Graphline::new()
        .component("c0", kamaelia_net::simulate::Throwaway::new())
        .component("c1", kamaelia_net::simulate::Throwaway::new().seed(10)))?;
    Ok(())
}
}

mod each_ToService {
fn main() -> axon::Result {
    axon::run(axon::chassis::Graphline::new()
        .component("c0", axon::util::ToService::new("NUMBERS")))?;
    Ok(())
}
}

mod each_TokenlistsToLines {
fn main() -> axon::Result {
    axon::run(axon::chassis::Graphline::new()
        .component("c0", axon::util::TokenlistsToLines::new()))?;
    Ok(())
}
}

mod each_TriggeredFileReader {
fn main() -> axon::Result {
    axon::run(axon::chassis::Graphline::new()
        .component("c0", axon::file::TriggeredFileReader::new())
        .component("c1", axon::file::TriggeredFileReader::new().longest_file(65536)))?;
    Ok(())
}
}

mod each_TriggeredOneShot {
fn main() -> axon::Result {
    axon::run(axon::chassis::Graphline::new()
        .component("c0", axon::util::TriggeredOneShot::new("hello")))?;
    Ok(())
}
}

mod each_TriggeredSource {
fn main() -> axon::Result {
    axon::run(axon::chassis::Graphline::new()
        .component("c0", axon::util::TriggeredSource::new("hello")))?;
    Ok(())
}
}

mod each_Ttl {
fn main() -> axon::Result {
    axon::run(axon::chassis::Graphline::new()
        .component("c0", axon::util::Ttl::new(axon::util::PassThrough::new(), std::time::Duration::from_secs(10)))
        .component("c1", axon::util::Ttl::new(axon::util::PassThrough::new(), std::time::Duration::from_secs(10)).grace(std::time::Duration::from_nanos(250000000))))?;
    Ok(())
}
}

mod each_TwoWayBalancer {
fn main() -> axon::Result {
    axon::run(axon::chassis::Graphline::new()
        .component("c0", axon::util::TwoWayBalancer::new()))?;
    Ok(())
}
}

mod each_TwoWaySplitter {
fn main() -> axon::Result {
    axon::run(axon::chassis::Graphline::new()
        .component("c0", axon::util::TwoWaySplitter::new()))?;
    Ok(())
}
}

mod each_UdpReceiver {
fn main() -> axon::Result {
    axon::run(axon::chassis::Graphline::new()
        .component("c0", kamaelia_net::UdpReceiver::new("127.0.0.1:0".parse::<std::net::SocketAddr>()?)))?;
    Ok(())
}
}

mod each_UdpSender {
fn main() -> axon::Result {
    axon::run(axon::chassis::Graphline::new()
        .component("c0", kamaelia_net::UdpSender::new("127.0.0.1:1600".parse::<kamaelia_net::Target>()?))
        .component("c1", kamaelia_net::UdpSender::new("127.0.0.1:1600".parse::<kamaelia_net::Target>()?).local("127.0.0.1:0".parse::<std::net::SocketAddr>()?)))?;
    Ok(())
}
}

mod each_UidTagger {
fn main() -> axon::Result {
    axon::run(axon::chassis::Graphline::new()
        .component("c0", axon::util::UidTagger::<String>::new()))?;
    Ok(())
}
}

mod each_UnixProcess {
fn main() -> axon::Result {
    axon::run(axon::chassis::Graphline::new()
        .component("c0", axon::file::UnixProcess::shell("ls -l"))
        .component("c1", axon::file::UnixProcess::shell("ls -l").grace(std::time::Duration::from_nanos(250000000)))
        .component("c2", axon::file::UnixProcess::shell("ls -l").own_group()))?;
    Ok(())
}
}

mod each_UnseenOnly {
fn main() -> axon::Result {
    axon::run(axon::chassis::Graphline::new()
        .component("c0", axon::util::UnseenOnly::<String>::new()))?;
    Ok(())
}
}

mod each_VariableByteRateRequestControl {
fn main() -> axon::Result {
    axon::run(axon::chassis::Graphline::new()
        .component("c0", axon::util::VariableByteRateRequestControl::new(10.0))
        .component("c1", axon::util::VariableByteRateRequestControl::new(10.0).chunk_size(10.0))
        .component("c2", axon::util::VariableByteRateRequestControl::new(10.0).chunk_rate(5.0))
        .component("c3", axon::util::VariableByteRateRequestControl::new(10.0).aggregating()))?;
    Ok(())
}
}

mod each_WebSocketClient {
fn main() -> axon::Result {
    axon::run(axon::chassis::Graphline::new()
        .component("c0", kamaelia_net::websocket::WebSocketClient::new("ws://localhost:8000/")?)
        .component("c1", kamaelia_net::websocket::WebSocketClient::new("ws://localhost:8000/")?))?;
    Ok(())
}
}

mod each_WebSocketServer {
fn main() -> axon::Result {
    axon::run(axon::chassis::Graphline::new()
        .component("c0", kamaelia_net::http::HttpServer::routing(kamaelia_net::http::Routes::new().on("/", |request: &kamaelia_net::http::RequestHead| kamaelia_net::websocket::WebSocket::new(request, |_| axon::util::EchoProtocol::new())), "127.0.0.1:0".parse::<kamaelia_net::Listen>()?)))?;
    Ok(())
}
}

mod each_WholeFileWriter {
fn main() -> axon::Result {
    axon::run(axon::chassis::Graphline::new()
        .component("c0", axon::file::WholeFileWriter::new()))?;
    Ok(())
}
}

mod each_srm_receiver {
fn main() -> axon::Result {
    axon::run(axon::chassis::Graphline::new()
        .component("c0", axon::util::srm_receiver()))?;
    Ok(())
}
}

mod each_srm_sender {
fn main() -> axon::Result {
    axon::run(axon::chassis::Graphline::new()
        .component("c0", axon::util::srm_sender()))?;
    Ok(())
}
}
