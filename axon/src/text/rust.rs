//! A graph as a program in Rust.

use super::Graph;
use super::plan::{Graph as Joined, One, Plan};
use crate::catalogue::{Argument, Value};

impl Graph {
    /// The graph as a program: what one would write instead of the text.
    ///
    /// # Examples
    ///
    /// ```
    /// use axon::catalogue::Catalogue;
    ///
    /// let catalogue = Catalogue::new().with(axon::util::catalogue());
    /// let graph = axon::text::parse("DataSource a b ! ConsoleEchoer").load(&catalogue)?;
    /// assert!(graph.to_rust().contains(r#"axon::util::DataSource::new(["a", "b"])"#));
    /// # Ok::<(), axon::text::TextError>(())
    /// ```
    #[must_use]
    pub fn to_rust(&self) -> String {
        let expression = plan(&self.plan, 1);
        let sizes =
            if expression.contains(".inbox_size(") { "use axon::chassis::InboxSizes;\n\n" } else { "" };
        format!(
            "{sizes}fn main() -> axon::Result {{\n    axon::run({expression})?;\n    \
             Ok(())\n}}\n"
        )
    }
}

fn indent(depth: usize) -> String {
    "    ".repeat(depth)
}

fn plan(plan_: &Plan, depth: usize) -> String {
    match plan_ {
        Plan::One(one) => component(one, depth),
        Plan::Row(row) => {
            let inner = indent(depth + 1);
            let row = row.iter().map(|one| format!("\n{inner}{},", plan(one, depth + 1)));
            format!("axon::pipeline![{}\n{}]", row.collect::<String>(), indent(depth))
        }
        Plan::Graph(graph) => joined(graph, depth),
    }
}

fn component(one: &One, depth: usize) -> String {
    let text = one.entry.expression(|argument| values(one, argument, depth));
    one.changes.sizes.iter().fold(text, |text, (name, size)| format!("{text}.inbox_size({name:?}, {size})"))
}

fn joined(graph: &Joined, depth: usize) -> String {
    let inner = indent(depth + 1);
    let mut text = String::from("axon::chassis::Graphline::new()");
    for (name, child) in &graph.children {
        text += &format!("\n{inner}.component({name:?}, {})", plan(child, depth + 1));
    }
    for (source, sink) in &graph.links {
        text += &format!("\n{inner}.link({:?}, {:?})?", graph.end(source), graph.end(sink));
    }
    graph.changes.sizes.iter().fold(text, |text, (name, size)| format!("{text}.inbox_size({name:?}, {size})"))
}

/// The values of an argument as expressions.
fn values(one: &One, argument: &Argument, depth: usize) -> Vec<String> {
    let values = one.arguments.values(argument.name()).iter();
    let held = one.held.iter().filter(|(name, _)| *name == argument.name());
    let mut components = held.map(|(_, plan)| plan);
    values.filter_map(|value| expression(value, &mut components, depth)).collect()
}

fn expression<'a>(
    value: &Value,
    components: &mut impl Iterator<Item = &'a Plan>,
    depth: usize,
) -> Option<String> {
    Some(match value {
        Value::Integer(number) => number.to_string(),
        Value::Float(number) => format!("{number:?}"),
        Value::Duration(time) if time.subsec_nanos() == 0 => {
            format!("std::time::Duration::from_secs({})", time.as_secs())
        }
        Value::Duration(time) => format!("std::time::Duration::from_nanos({})", time.as_nanos()),
        Value::Text(text) => format!("{text:?}"),
        Value::Bytes(bytes) => format!("b\"{}\"", bytes.escape_ascii()),
        Value::Boolean(true) => "true".to_owned(),
        Value::Boolean(false) => return None,
        Value::Path(path) => format!("{path:?}"),
        Value::Component(_) => plan(components.next()?, depth),
    })
}
