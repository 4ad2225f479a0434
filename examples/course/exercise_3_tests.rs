//! What a solution of exercise 3 has to do.

use super::Inbox;

#[test]
fn messages_come_out_in_the_order_in_which_they_went_in() {
    let mut inbox = Inbox::with_size(10);
    for message in ["one", "two", "three"] {
        inbox.send(message.to_owned()).unwrap();
    }
    assert_eq!([(); 4].map(|()| inbox.recv()).map(Option::unwrap_or_default), ["one", "two", "three", ""]);
}

#[test]
fn a_full_inbox_gives_the_message_back() {
    let mut inbox = Inbox::with_size(1);
    assert_eq!(inbox.send("first".to_owned()), Ok(()));
    assert_eq!(inbox.send("second".to_owned()), Err("second".to_owned()));
    assert_eq!(inbox.recv().as_deref(), Some("first"));
    assert_eq!(inbox.recv(), None);
}

#[test]
fn when_a_message_was_taken_there_is_room_again() {
    let mut inbox = Inbox::with_size(1);
    for message in ["first", "second", "third"] {
        inbox.send(message.to_owned()).unwrap();
        assert_eq!(inbox.recv().as_deref(), Some(message));
    }
}
