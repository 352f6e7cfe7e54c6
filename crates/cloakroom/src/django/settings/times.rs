//! `USE_TZ` and `TIME_ZONE`: in which zone a site writes its times.
use crate::django::Zone;
use crate::django::settings::Settings;
use crate::error::ConfigError;

/// In which zone a site writes its times, as it says.
#[derive(Clone, Debug)]
pub(super) struct Times {
    /// `USE_TZ`: in UTC.
    pub(super) aware: bool,
    /// `TIME_ZONE`: where, when it is not in UTC; `None` for the zone of the machine.
    pub(super) zone: Option<String>,
}

impl Default for Times {
    fn default() -> Self {
        Self {
            aware: true,
            zone: Some("America/Chicago".into()),
        }
    }
}

impl Times {
    fn found(&self) -> Option<Zone> {
        match &self.zone {
            _ if self.aware => Some(Zone::default()),
            Some(name) => Zone::named(name),
            None => None,
        }
    }

    pub(super) fn check(&self, problems: &mut ConfigError) {
        if self.found().is_none() {
            let what = match self.zone {
                None => {
                    "is not set while USE_TZ is off, so nobody knows in which zone times are; name it on both sides"
                }
                Some(_) => {
                    "names no zone of this machine's time zone database, and with USE_TZ off times are in that zone"
                }
            };
            problems.add("TIME_ZONE", what);
        }
    }
}

impl Settings {
    /// Returns the zone in which times without an offset are; UTC when that one can't be had, which is a problem.
    pub(crate) fn zone(&self) -> Zone {
        self.times.found().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    #[test]
    fn local_times_need_a_zone_that_is_known_here_and_others_none() {
        for (aware, zone, problem) in [
            (true, json!("Europe/Atlantis"), None),
            (true, Value::Null, None),
            (false, json!("Asia/Kolkata"), None),
            (false, json!("UTC"), None),
            (false, json!("Europe/hunter2"), Some("names no zone")),
            (false, Value::Null, Some("is not set")),
        ] {
            let settings = Settings::new("k")
                .set("TIME_ZONE", zone)
                .set("USE_TZ", aware);
            let problems = settings.problems();
            let told = problems.problems().iter().map(|it| &it.what[..]);
            let told: Vec<_> = told.collect();
            assert_eq!(told.len(), usize::from(problem.is_some()), "{told:?}");
            assert!(
                told.iter()
                    .all(|it| it.starts_with(problem.unwrap_or_default()))
            );
            assert!(!told.concat().contains("hunter2"));
        }
    }
}
