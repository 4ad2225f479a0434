//! The pictures in the documents are drawn by tests.

use std::fs;
use std::path::Path;

/// The picture of this name in `docs/pictures/` is this one. `AXON_BLESS=1` writes it there.
pub(crate) fn assert_is_drawn(name: &str, drawn: &str) {
    let mut above =
        Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().map(|folder| folder.join("docs/pictures"));
    let path = above.find(|folder| folder.is_dir()).expect("docs/pictures").join(name).with_extension("svg");
    if std::env::var_os("AXON_BLESS").is_some() {
        fs::write(&path, drawn).expect("it can be written");
    }
    let there = fs::read_to_string(&path).unwrap_or_default();
    assert!(there == drawn, "AXON_BLESS=1 draws {} anew", path.display());
}
