//! Medians, and ratios of what was measured in turns.

/// The value in the middle; of an even number, the mean of the two.
pub(crate) fn median(values: &[f64]) -> f64 {
    let sorted = sorted(values);
    match sorted.len() {
        0 => f64::NAN,
        length if length % 2 == 1 => sorted[length / 2],
        length => f64::midpoint(sorted[length / 2 - 1], sorted[length / 2]),
    }
}

/// The value that `share` of all values do not exceed.
pub(crate) fn percentile(values: &[f64], share: f64) -> f64 {
    let sorted = sorted(values);
    let below = sorted.partition_point(|it| rank(&sorted, *it) < share);
    sorted.get(below).or(sorted.last()).copied().unwrap_or(f64::NAN)
}

/// The share of values that are not above `value`.
#[expect(clippy::cast_precision_loss, reason = "there are some thousand values")]
fn rank(sorted: &[f64], value: f64) -> f64 {
    sorted.partition_point(|it| *it <= value) as f64 / sorted.len() as f64
}

fn sorted(values: &[f64]) -> Vec<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted
}

/// A ratio of two medians, and between what it lies in 95 of 100 cases.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ratio {
    /// The ratio.
    pub(crate) value: f64,
    /// Lower end.
    pub(crate) low: f64,
    /// Upper end.
    pub(crate) high: f64,
}

/// How often rounds are drawn anew.
const DRAWS: usize = 2000;

/// The ratio of the medians of `ours` and `theirs`, which were measured in the same rounds. The interval is that of
/// rounds drawn anew (a bootstrap of pairs): what slowed a whole round down slowed both.
pub(crate) fn ratio(ours: &[f64], theirs: &[f64]) -> Ratio {
    let rounds = ours.len().min(theirs.len());
    let value = median(ours) / median(theirs);
    if rounds == 0 {
        return Ratio { value, low: f64::NAN, high: f64::NAN };
    }
    let mut draw = Draw(0x9e37_79b9_7f4a_7c15);
    let drawn: Vec<f64> = (0..DRAWS)
        .map(|_| {
            let rounds: Vec<usize> = (0..rounds).map(|_| draw.below(rounds)).collect();
            let of = |values: &[f64]| median(&rounds.iter().map(|at| values[*at]).collect::<Vec<_>>());
            of(ours) / of(theirs)
        })
        .collect();
    Ratio { value, low: percentile(&drawn, 0.025), high: percentile(&drawn, 0.975) }
}

/// Numbers that are the same in every run (`xorshift`).
struct Draw(u64);

impl Draw {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap_or_default() % limit
    }
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "ours are exact")]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_in_the_middle() {
        assert_eq!(median(&[3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(&[4.0, 1.0, 3.0, 2.0]), 2.5);
        assert!(median(&[]).is_nan());
    }

    #[test]
    fn a_percentile_is_one_of_the_values() {
        let values: Vec<f64> = (1..=100).map(f64::from).collect();
        assert_eq!(percentile(&values, 0.5), 50.0);
        assert_eq!(percentile(&values, 0.99), 99.0);
        assert_eq!(percentile(&[7.0], 0.99), 7.0);
    }

    #[test]
    fn what_slows_both_does_not_widen_the_interval() {
        let theirs = [1.0, 5.0, 2.0, 9.0, 1.5];
        let ours = theirs.map(|it| it * 2.0);
        let Ratio { value, low, high } = ratio(&ours, &theirs);
        assert_eq!((value, low, high), (2.0, 2.0, 2.0));
    }

    #[test]
    fn what_scatters_is_told() {
        let Ratio { value, low, high } = ratio(&[1.0, 2.0, 3.0, 4.0, 5.0], &[2.0, 2.0, 2.0, 2.0, 2.0]);
        assert_eq!(value, 1.5);
        assert!(low < value && value < high, "{low} {high}");
    }
}
