//! The picture in its forms: for people, for other programs, for a terminal.

use http::Response;

use super::model::Model;
use super::query::Query;
use super::responder::response;
use super::top;

/// One form of the picture.
pub(super) enum Picture {
    Json,
    Dot,
    Mermaid,
    Text,
    /// The table of `kamaelia top`.
    Top,
}

impl Picture {
    /// The form that a path names.
    pub(super) fn of(path: &str, _: &Query) -> Option<Self> {
        Some(match path {
            "/snapshot.json" => Picture::Json,
            "/graph.dot" => Picture::Dot,
            "/graph.mmd" => Picture::Mermaid,
            "/graph.txt" => Picture::Text,
            "/top.txt" => Picture::Top,
            _ => return None,
        })
    }

    /// How often the program is looked at for it. Rates need two looks.
    pub(super) fn looks(&self) -> usize {
        if matches!(self, Picture::Top | Picture::Json) { 2 } else { 1 }
    }

    /// The answer.
    pub(super) fn answer(&self, model: &mut Model) -> Response<Vec<u8>> {
        let text = "text/plain; charset=utf-8";
        let (kind, body) = match self {
            Picture::Json => ("application/json", format!("{}\n", model.whole())),
            Picture::Dot => ("text/vnd.graphviz; charset=utf-8", model.picture.to_dot()),
            Picture::Mermaid => (text, model.picture.to_mermaid()),
            Picture::Text => (text, format!("{}\n", model.picture)),
            Picture::Top => (text, top::table(model)),
        };
        response(kind, body.into_bytes())
    }
}
