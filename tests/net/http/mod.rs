//! HTTP: the server and the client, talked to in raw bytes, by each other, and by peers that are not ours.

mod raw;

mod serving;

mod functions;

mod files;

mod asking;

mod table;

mod peers;

mod events;

mod foreign;

mod logging;

mod radio;

mod slow_readers;
