//! Mistakes in texts: the place, the message and the help of each.

use axon::text::{TextError, parse};

use super::everything;

fn error(text: &str) -> TextError {
    match parse(text).load(&everything()) {
        Ok(_) => panic!("{text} has no mistake"),
        Err(error) => error,
    }
}

/// Place, message and help of the only mistake.
fn only(text: &str) -> (usize, usize, String, String) {
    let error = error(text);
    let [mistake] = error.mistakes() else { panic!("not one mistake:\n{error}") };
    (mistake.line, mistake.column, mistake.message.clone(), mistake.help.clone().unwrap_or_default())
}

#[test]
fn a_misspelt_name_is_told_with_its_place_and_the_nearest_one() {
    for (text, line, column, message, help) in [
        (
            "DataSorce a ! ConsoleEchoer",
            1,
            1,
            "there is no component \"DataSorce\"",
            "did you mean DataSource?",
        ),
        (
            "DataSource a\n  ! ConsoleEchoer tog=x",
            2,
            19,
            "ConsoleEchoer has no argument \"tog\"",
            "did you mean tag?",
        ),
        (
            "a: OneShot x; a.outbux -> NullSinkComponent",
            1,
            17,
            "a (OneShot) has no outbox \"outbux\"",
            "did you mean outbox?",
        ),
        (
            "a: OneShot x; a.inbox -> NullSinkComponent",
            1,
            17,
            "has no outbox \"inbox\"",
            "begins at an outbox",
        ),
        (
            "hub: OneShot x; hob -> NullSinkComponent",
            1,
            17,
            "there is no component \"hob\"",
            "did you mean hub?",
        ),
        (
            "hub: OneShot x; hob.outbox -> NullSinkComponent",
            1,
            17,
            "nothing has the name \"hob\"",
            "did you mean hub?",
        ),
        ("hub: OneShot x; hbu.inbox[3]", 1, 17, "nothing has the name \"hbu\"", "did you mean hub?"),
        ("TCPClient localhost 1", 1, 1, "there is no component \"TCPClient\"", "is TcpClient here"),
        ("PlugSplitter when_full=dorp", 1, 24, "one of hold, drop, cut; perhaps drop", ""),
        ("SimpleServer 127.0.0.1:0 EchoProtocl", 1, 26, "no component \"EchoProtocl\"", "EchoProtocol"),
    ] {
        let (l, c, said, helped) = only(text);
        assert_eq!((l, c), (line, column), "{text}: {said}");
        assert!(said.contains(message), "{text}: {said}");
        assert!(helped.contains(help), "{text}: {helped}");
    }
}

#[test]
fn a_value_that_does_not_fit_is_told_with_what_is_expected() {
    for (text, column, message) in [
        ("Sync 0", 6, "n of Sync takes a whole number of at least 1, not \"0\""),
        ("Sync n=many", 8, "not \"many\""),
        ("ChunksToLines longest_line=12x", 28, "a size such as 64KiB"),
        ("TcpClient localhost 99999", 21, "a whole number from 0 to 65535"),
        ("TcpClient localhost 1 delay=10", 29, "a time such as 250ms"),
        ("TcpClient localhost 1 half_open=perhaps", 33, "true or false"),
        ("SimpleServer 127.0.0.1 EchoProtocol", 14, "neither an address with a port"),
        ("UdpReceiver somewhere", 13, "local of UdpReceiver"),
        ("DataChunker \"\"", 13, "give at least 1"),
        ("OneShot", 1, "OneShot needs the argument message"),
        ("OneShot a b", 11, "OneShot takes nothing here without a name"),
        ("NullSinkComponent x", 19, "NullSinkComponent takes no arguments"),
        ("OneShot (PassThrough)", 9, "OneShot takes nothing here without a name"),
        ("OneShot message=(PassThrough)", 9, "takes text, not a component"),
        ("OneShot a message=b", 11, "message is given twice"),
        ("OneShot \"\\xff\"", 9, "text in UTF-8"),
        ("Supervisor (PassThrough) at_most=3", 26, "is not such as 3/10s"),
    ] {
        let (_, c, said, _) = only(text);
        assert_eq!(c, column, "{text}: {said}");
        assert!(said.contains(message), "{text}: {said}");
    }
}

#[test]
fn a_mistake_in_the_signs_is_told_at_its_place() {
    for (text, column, message) in [
        ("", 1, "expected a component, but there is nothing"),
        ("# only a remark", 1, "expected a component, but there is nothing"),
        ("DataSource a !", 15, "expected a component, but the text ends"),
        ("! ConsoleEchoer", 1, "expected a component, but there is a !"),
        ("'ConsoleEchoer'", 1, "expected a component, not the text"),
        ("tag=x", 1, "expected a component, not the argument tag"),
        ("(PassThrough", 1, "this parenthesis is not closed"),
        ("PassThrough )", 13, "this parenthesis closes nothing"),
        ("()", 1, "expected a component in these parentheses"),
        ("OneShot 'a", 9, "this quote is not closed"),
        ("OneShot \"\\xg\"", 10, "two hexadecimal digits"),
        ("a: PassThrough; a.inbox[0]", 24, "a limit is a whole number of at least 1"),
        ("self: PassThrough", 1, "self is the graph itself"),
        ("a: PassThrough; a: PassThrough", 17, "two components have the name a"),
        ("a: PassThrough; b: PassThrough; a.outbox ! b", 33, "! joins whole components"),
        ("a: PassThrough; self.x -> self.y", 17, "leaves every component out"),
        ("a: ?Closure", 4, "stands for something that could not be written"),
        ("DataSource a!ConsoleEchoer", 12, "the ! belongs to the word before it"),
        ("DataSource a! ConsoleEchoer", 12, "the ! belongs to the word before it"),
        ("inbox x", 1, "after inbox stands the box of a component"),
    ] {
        let (_, c, said, _) = only(text);
        assert_eq!(c, column, "{text}: {said}");
        assert!(said.contains(message), "{text}: {said}");
    }
}

#[test]
fn a_sign_of_a_shell_and_the_beginning_of_a_name_are_understood() {
    assert_eq!(only("PassThrough ! NullSink").3, "did you mean NullSinkComponent?");
    let error = error("SimpleReader x | Grep 500");
    let help = error.mistakes()[0].help.as_deref();
    assert_eq!(help, Some("components are joined with !, not with |"), "{error}");
}

#[test]
fn after_two_quotes_that_are_not_closed_the_rest_of_the_text_is_left_out() {
    let error = error(&format!("\"a\n{}", "\\\"\n".repeat(50)));
    let unclosed = |line| error.mistakes().iter().filter(move |mistake| mistake.line == line);
    let unclosed: Vec<usize> = (1..=51)
        .filter(|line| unclosed(*line).any(|mistake| mistake.message.contains("quote is not closed")))
        .collect();
    assert_eq!(unclosed, [1, 2], "{error}");
    let text = error.mistakes().iter().map(|mistake| mistake.message.len()).sum::<usize>();
    assert!(text < 1000, "{error}");
}

#[test]
fn each_of_many_mistakes_has_its_line_and_its_column_in_letters() {
    let error = error("Üü a; Öö b\n\n  ! x\nDataSource ä ! Ää\n");
    let places: Vec<(usize, usize, usize)> =
        error.mistakes().iter().map(|mistake| (mistake.line, mistake.column, mistake.length)).collect();
    assert_eq!(places, [(1, 1, 2), (1, 7, 2), (3, 5, 1), (4, 16, 2)], "{error}");
}

#[test]
fn an_outbox_has_one_destination_and_what_it_sends_must_fit() {
    let text = "a: OneShot x; b: NullSinkComponent; a -> b; a.outbox -> b.inbox";
    assert!(only(text).2.contains("a.outbox is linked twice, to b.inbox and to b.inbox"));
    let (_, column, said, help) = only("MaxSpeedFileReader x ! LineSplit");
    assert_eq!(column, 1);
    assert_eq!(said, "MaxSpeedFileReader.outbox sends bytes, and LineSplit.inbox takes text");
    assert_eq!(help, "put ChunksToLines between them");
    let in_a_graph = "a: MaxSpeedFileReader x; b: LineSplit; a.outbox -> b.inbox";
    assert!(only(in_a_graph).2.contains("sends bytes"));
    let in_groups = "(PassThrough ! MaxSpeedFileReader x) ! (LineSplit ! PassThrough)";
    assert!(only(in_groups).2.contains("sends bytes"));
}

#[test]
fn all_mistakes_are_told_at_once_in_the_order_of_the_text() {
    let error = error("a: DataSorce x\nb: Sync 0\na.outbox -> c.inbox\nb -> (Grap ! )\n");
    let places: Vec<(usize, usize)> =
        error.mistakes().iter().map(|mistake| (mistake.line, mistake.column)).collect();
    assert_eq!(places, [(1, 4), (2, 9), (3, 13), (4, 6), (4, 14)], "{error}");
}

#[test]
fn a_caret_stands_below_the_place_whatever_letters_are_before_it() {
    let shown = error("OneShot \"äöü\" ! Konsole").to_string();
    let lines: Vec<&str> = shown.lines().collect();
    assert_eq!(lines[0], "text:1:17: there is no component \"Konsole\"");
    assert_eq!(lines[2], "1 | OneShot \"äöü\" ! Konsole");
    assert_eq!(lines[3], "  |                 ^^^^^^^");
}

#[test]
fn what_is_hostile_is_answered_with_a_message() {
    let deep = "(".repeat(100_000);
    assert!(error(&deep).to_string().contains("more than 64 parentheses"));
    let long = format!("{} ! x", "DataSource a ! ".repeat(20_000));
    assert!(error(&long).to_string().len() < 10_000);
    for text in [
        "\u{feff}OneShot",
        "\0",
        "é: é",
        "a.b.c -> d",
        "?",
        "->",
        "!!!",
        "a:",
        "a: b:",
        "[",
        "a.inbox[",
        "=",
        "\"",
        ";;;(",
    ] {
        assert!(!error(text).mistakes().is_empty(), "{text}");
    }
}
