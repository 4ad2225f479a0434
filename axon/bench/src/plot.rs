//! A line plot as SVG: a logarithmic axis of sizes, an axis of figures that begins at zero.

use std::fmt::Write;
use std::path::Path;

const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 420.0;
const LEFT: f64 = 70.0;
const RIGHT: f64 = 20.0;
const TOP: f64 = 70.0;
const BOTTOM: f64 = 60.0;
/// Told apart also by who cannot tell red from green.
const COLOURS: [&str; 5] = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#555555"];

/// A plot of several lines over the same kind of size.
pub struct Plot {
    /// What it shows.
    pub title: String,
    /// What grows.
    pub across: String,
    /// What was measured.
    pub up: String,
    /// The lines: a name, and for each size a figure.
    pub lines: Vec<(String, Vec<(f64, f64)>)>,
}

/// The least of 1, 2, 2.5, 5 times a power of ten that is at least `value`.
fn round_up(value: f64) -> f64 {
    let power = 10_f64.powf(value.log10().floor());
    let steps = [1.0, 2.0, 2.5, 5.0, 10.0];
    steps.into_iter().map(|s| s * power).find(|&s| s >= value * 0.999).unwrap_or(10.0 * power)
}

/// A size as people write it.
fn short(value: f64) -> String {
    match value {
        v if v >= 1e6 => format!("{}M", v / 1e6),
        v if v >= 1e3 => format!("{}k", v / 1e3),
        v => format!("{v}"),
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

impl Plot {
    /// The plot as the text of an SVG file.
    pub fn svg(&self) -> String {
        let points = || self.lines.iter().flat_map(|(_, points)| points);
        let least = points().map(|p| p.0).fold(f64::INFINITY, f64::min);
        let most = points().map(|p| p.0).fold(0.0, f64::max);
        let highest = points().map(|p| p.1).fold(0.0, f64::max);
        let step = round_up(highest / 5.0);
        let top = (highest / step).ceil().max(1.0) * step;
        let x =
            |size: f64| LEFT + (size / least).ln() / (most / least).ln().max(1e-9) * (WIDTH - LEFT - RIGHT);
        let y = |figure: f64| HEIGHT - BOTTOM - figure / top * (HEIGHT - TOP - BOTTOM);

        let mut svg = String::new();
        let mut put = |line: String| {
            svg.push_str(&line);
            svg.push('\n');
        };
        put(format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" \
             font-family=\"sans-serif\" font-size=\"12\">"
        ));
        put(format!("<rect width=\"{WIDTH}\" height=\"{HEIGHT}\" fill=\"white\"/>"));
        put(format!("<text x=\"{LEFT}\" y=\"20\" font-size=\"15\">{}</text>", escaped(&self.title)));
        for i in 0..=(top / step).round() as usize {
            let (value, at) = (i as f64 * step, y(i as f64 * step));
            let right = WIDTH - RIGHT;
            put(format!("<path d=\"M{LEFT} {at:.1}H{right}\" stroke=\"#dddddd\"/>"));
            let label = short(value);
            put(format!(
                "<text x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">{label}</text>",
                LEFT - 8.0,
                at + 4.0
            ));
        }
        let mut sizes: Vec<f64> = points().map(|p| p.0).collect();
        sizes.sort_by(f64::total_cmp);
        sizes.dedup();
        let bottom = HEIGHT - BOTTOM;
        for size in sizes {
            let at = x(size);
            put(format!("<path d=\"M{at:.1} {bottom}v5\" stroke=\"black\"/>"));
            let (below, label) = (bottom + 19.0, short(size));
            put(format!("<text x=\"{at:.1}\" y=\"{below}\" text-anchor=\"middle\">{label}</text>"));
        }
        put(format!("<path d=\"M{LEFT} {TOP}V{bottom}H{}\" fill=\"none\" stroke=\"black\"/>", WIDTH - RIGHT));
        let (middle, below) = ((LEFT + WIDTH - RIGHT) / 2.0, HEIGHT - 15.0);
        put(format!(
            "<text x=\"{middle}\" y=\"{below}\" text-anchor=\"middle\">{}</text>",
            escaped(&self.across)
        ));
        let half = (TOP + bottom) / 2.0;
        put(format!(
            "<text transform=\"translate(18 {half}) rotate(-90)\" text-anchor=\"middle\">{}</text>",
            escaped(&self.up)
        ));
        let (mut key, mut row) = (LEFT, 37.0);
        for ((name, points), colour) in self.lines.iter().zip(COLOURS.iter().cycle()) {
            let mut path = String::new();
            for (number, (size, figure)) in points.iter().enumerate() {
                let letter = if number == 0 { 'M' } else { 'L' };
                write!(path, "{letter}{:.1} {:.1}", x(*size), y(*figure)).expect("a string takes it");
                put(format!(
                    "<circle cx=\"{:.1}\" cy=\"{:.1}\" r=\"3\" fill=\"{colour}\"/>",
                    x(*size),
                    y(*figure)
                ));
            }
            put(format!("<path d=\"{path}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"/>"));
            let width = 45.0 + 6.5 * name.chars().count() as f64;
            if key + width > WIDTH {
                (key, row) = (LEFT, row + 18.0);
            }
            put(format!("<path d=\"M{key} {row}h18\" stroke=\"{colour}\" stroke-width=\"3\"/>"));
            put(format!("<text x=\"{}\" y=\"{}\">{}</text>", key + 23.0, row + 4.0, escaped(name)));
            key += width;
        }
        put("</svg>".into());
        svg
    }

    /// Writes it into a folder, which is made if it is not there.
    ///
    /// # Errors
    ///
    /// When it cannot be written.
    pub fn write(&self, folder: &Path, name: &str) -> Result<(), String> {
        let path = folder.join(name);
        std::fs::create_dir_all(folder)
            .and_then(|()| std::fs::write(&path, self.svg()))
            .map_err(|e| format!("cannot write {}: {e}", path.display()))
    }
}
