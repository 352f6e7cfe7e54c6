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
        let last = measurements.len().saturating_sub(1);
        let at = |place: usize| measurements.get(place).copied().unwrap_or_default();
        // Outwards, so that of three measurements the quartiles are the lowest and the highest.
        Self {
            low: at(last / 4),
            median: at((last * 2).div_ceil(4)),
            high: at((last * 3).div_ceil(4)),
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
    fn of_three_measurements_the_quartiles_are_the_lowest_and_the_highest() {
        let spread = Spread::of(vec![9.0, 1.0, 5.0]);
        assert_eq!([spread.low, spread.median, spread.high], [1.0, 5.0, 9.0]);
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
