//! Bars as SVG, by hand: nothing to install, the same bytes for the same values.

use std::fmt::Write as _;

/// One bar.
#[derive(Debug)]
pub(crate) struct Bar {
    /// What it is of.
    pub(crate) label: String,
    /// How long it is.
    pub(crate) value: f64,
    /// Whether it is ours.
    pub(crate) is_ours: bool,
}

const LABELS: f64 = 260.0;
const BARS: f64 = 460.0;
const ROW: f64 = 26.0;
const TOP: f64 = 60.0;

/// Bars below each other, of a length by the logarithm of their values: the longest may be a thousand times the shortest.
pub(crate) fn bars(title: &str, unit: &str, bars: &[Bar]) -> String {
    let known: Vec<&Bar> = bars.iter().filter(|it| it.value.is_finite() && it.value > 0.0).collect();
    let (least, most) =
        known.iter().fold((f64::MAX, f64::MIN), |(least, most), it| (least.min(it.value), most.max(it.value)));
    // Powers of ten around all values.
    let (low, high) = (least.log10().floor(), most.log10().ceil().max(least.log10().floor() + 1.0));
    let at = |value: f64| LABELS + (value.log10() - low) / (high - low) * BARS;
    let (width, height) = (LABELS + BARS + 110.0, TOP + (0..known.len()).fold(0.0, |sum, _| sum + ROW) + 12.0);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" font-family=\"sans-serif\" \
         font-size=\"13\">\n<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n\
         <text x=\"10\" y=\"22\" font-size=\"15\" font-weight=\"bold\">{}</text>\n",
        escaped(title)
    );
    let mut power = low;
    while power <= high {
        let (x, value) = (at(10_f64.powf(power)), 10_f64.powf(power));
        let _ = writeln!(
            svg,
            "<path d=\"M{x:.1} {TOP}V{height}\" stroke=\"#ddd\"/><text x=\"{x:.1}\" y=\"{}\" fill=\"#555\" \
             text-anchor=\"middle\">{value}</text>",
            TOP - 8.0
        );
        power += 1.0;
    }
    let mut y = TOP;
    for Bar { label, value, is_ours } in known {
        let (end, fill) = (at(*value), if *is_ours { "#2a6f97" } else { "#b8b8b8" });
        let _ = writeln!(
            svg,
            "<text x=\"{}\" y=\"{}\" text-anchor=\"end\">{}</text>\
             <rect x=\"{LABELS}\" y=\"{}\" width=\"{:.1}\" height=\"{}\" fill=\"{fill}\"/>\
             <text x=\"{:.1}\" y=\"{}\">{}</text>",
            LABELS - 8.0,
            y + 18.0,
            escaped(label),
            y + 4.0,
            (end - LABELS).max(1.0),
            ROW - 8.0,
            end + 6.0,
            y + 18.0,
            escaped(&format!("{} {unit}", short(*value)))
        );
        y += ROW;
    }
    svg + "</svg>\n"
}

/// A value with three digits or so.
pub(crate) fn short(value: f64) -> String {
    match value {
        _ if !value.is_finite() => "–".to_owned(),
        _ if value < 1.0 => format!("{value:.3}"),
        _ if value < 10.0 => format!("{value:.2}"),
        _ if value < 100.0 => format!("{value:.1}"),
        _ => format!("{value:.0}"),
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_is_drawn_for_each_known_value() {
        let bar = |label: &str, value| Bar { label: label.to_owned(), value, is_ours: true };
        let svg = bars("a & b", "ms", &[bar("x", 2.0), bar("<y>", 1500.0), bar("z", f64::NAN)]);
        assert_eq!(svg.matches("<rect").count(), 3);
        assert!(
            svg.contains("a &amp; b") && svg.contains("&lt;y&gt;") && svg.contains("1500 ms") && !svg.contains(">z<")
        );
    }

    #[test]
    fn values_are_short() {
        assert_eq!([0.0123, 1.234, 12.34, 1234.0, f64::NAN].map(short), ["0.012", "1.23", "12.3", "1234", "–"]);
    }
}
