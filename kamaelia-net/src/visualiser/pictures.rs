//! The picture in its forms: for people, for other programs, for a terminal.

use axon::drawing::Drawing;
use http::Response;

use super::model::Model;
use super::query::Query;
use super::responder::response;
use super::top;

/// One form of the picture.
pub(super) enum Picture {
    Json,
    Drawn(Form, Parts),
    Text,
    /// The table of `kamaelia top`.
    Top,
}

/// In which language it is drawn.
#[derive(Clone, Copy)]
pub(super) enum Form {
    Svg,
    Dot,
    Mermaid,
}

/// What is left out.
pub(super) struct Parts {
    signals: bool,
    services: bool,
    unlinked: bool,
    /// The numbers of components whose children are not shown.
    plain: Vec<String>,
    /// The number of one, if only it and its neighbours are shown.
    near: Option<String>,
}

/// How many linkages away neighbours are.
const NEAR: usize = 2;

impl Picture {
    /// The form that a path names.
    pub(super) fn of(path: &str, query: &Query) -> Option<Self> {
        Some(match path {
            "/snapshot.json" => Picture::Json,
            "/graph.svg" => Picture::Drawn(Form::Svg, Parts::of(query)),
            "/graph.dot" => Picture::Drawn(Form::Dot, Parts::of(query)),
            "/graph.mmd" => Picture::Drawn(Form::Mermaid, Parts::of(query)),
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
            Picture::Drawn(form, parts) => {
                let drawing = parts.drawing(model);
                match form {
                    Form::Svg => ("image/svg+xml; charset=utf-8", drawing.to_svg(&model.picture)),
                    Form::Dot => ("text/vnd.graphviz; charset=utf-8", drawing.to_dot(&model.picture)),
                    Form::Mermaid => (text, drawing.to_mermaid(&model.picture)),
                }
            }
            Picture::Text => (text, format!("{}\n", model.picture)),
            Picture::Top => (text, top::table(model)),
        };
        response(kind, body.into_bytes())
    }
}

impl Parts {
    fn of(query: &Query) -> Self {
        let is_shown = |name| query.value(name) != Some("0");
        Parts {
            signals: is_shown("signals"),
            services: is_shown("services"),
            unlinked: is_shown("unlinked"),
            plain: query.values("plain").map(str::to_owned).collect(),
            near: query.value("near").map(str::to_owned),
        }
    }

    fn drawing(&self, model: &Model) -> Drawing {
        let mut drawing = Drawing::new();
        if !self.signals {
            drawing = drawing.without_signals();
        }
        if !self.services {
            drawing = drawing.without_services();
        }
        if !self.unlinked {
            drawing = drawing.without_unlinked_boxes();
        }
        let of_number =
            |id: &String| model.picture.components.iter().find(|component| component.id.to_string() == *id);
        if let Some(middle) = self.near.as_ref().and_then(of_number) {
            drawing = drawing.near(middle.id, NEAR);
        }
        let is_plain = |id: &String| self.plain.contains(id);
        let plain = model.picture.components.iter().filter(|component| is_plain(&component.id.to_string()));
        plain.fold(drawing, |drawing, component| drawing.as_plain_box(component.id))
    }
}
