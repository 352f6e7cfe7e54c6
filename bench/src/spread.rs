//! A figure that was measured several times.
use serde::Serialize;

/// The median of several measurements, between the quartiles around it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Spread {
    /// A quarter of the measurements are below.
    pub low: f64,
    /// Half of the measurements are below.
    pub median: f64,
    /// A quarter of the measurements are above.
    pub high: f64,
}

impl Spread {
    /// Returns the spread of the measurements, zero when there are none.
    pub fn of(mut measurements: Vec<f64>) -> Self {
        measurements.sort_by(f64::total_cmp);
        let at = |quarter: usize| {
            let last = measurements.len().saturating_sub(1);
            measurements
                .get((last * quarter).div_ceil(4))
                .copied()
                .unwrap_or_default()
        };
        Self {
            low: at(1),
            median: at(2),
            high: at(3),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_stands_between_its_quartiles() {
        let spread = Spread::of(vec![9.0, 1.0, 5.0, 3.0, 7.0]);
        assert_eq!(
            spread,
            Spread {
                low: 3.0,
                median: 5.0,
                high: 7.0
            }
        );
    }

    #[test]
    fn one_measurement_is_its_own_median() {
        assert_eq!(
            Spread::of(vec![4.0]),
            Spread {
                low: 4.0,
                median: 4.0,
                high: 4.0
            }
        );
    }
}
