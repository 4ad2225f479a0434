//! The page of `Context` begins with a table of its verbs.

use crate::source::{Source, expect_complaint, expect_none, is_word_char, read, rust_files};

/// The public functions of `Context`, without those that its page does not show.
fn verbs(sources: &[Source]) -> Vec<String> {
    let mut verbs = Vec::new();
    for source in sources {
        for (at, _) in source.code.match_indices("\nimpl Context {\n") {
            let end = source.code[at..].find("\n}\n").map_or(source.code.len(), |end| at + end);
            let mut is_hidden = false;
            for line in source.code[at..end].lines().map(str::trim_start) {
                is_hidden |= line.starts_with("#[doc(hidden)]");
                if let Some(name) = line.strip_prefix("pub fn ").or(line.strip_prefix("pub async fn ")) {
                    let name = &name[..name.find(|c| !is_word_char(c)).unwrap_or(0)];
                    if !std::mem::take(&mut is_hidden) {
                        verbs.push(name.to_owned());
                    }
                }
            }
        }
    }
    verbs
}

fn not_in_the_table(verbs: &[String], page: &str) -> Vec<String> {
    let missing = verbs.iter().filter(|verb| !page.contains(&format!("(Context::{verb})")));
    missing.map(|verb| format!("the table of verbs on the page of `Context` lacks `{verb}`")).collect()
}

#[test]
fn the_table_on_the_page_of_context_names_every_verb() {
    let verbs = verbs(&rust_files(&["axon/src/kernel"]));
    assert!(verbs.len() > 50, "{verbs:?}");
    expect_none(&not_in_the_table(&verbs, &read("axon/src/kernel/component/context.rs")));
    let code = "\nimpl Context {\n    pub fn act(&self) {\n        let a = 1;\n    }\n\n    #[doc(hidden)]\n    pub fn hide(&self) {}\n\n    pub async fn wait<T>(&self) {}\n}\n";
    let verbs = self::verbs(&[Source::snippet("axon/src/kernel/x.rs", code)]);
    let complaints = not_in_the_table(&verbs, "[`wait`](Context::wait)");
    expect_complaint(&complaints, "lacks `act`");
    assert_eq!(complaints.len(), 1);
}
