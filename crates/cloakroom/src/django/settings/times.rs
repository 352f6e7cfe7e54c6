//! `USE_TZ`, `TIME_ZONE` and `DATABASES[…]["TIME_ZONE"]`: in which zones a site writes its times.
use serde_json::Value;

use crate::django::Zone;
use crate::django::settings::Settings;
use crate::django::settings::reading::{What, maybe, text};
use crate::error::ConfigError;

/// The database in which Django keeps its sessions, unless a router says otherwise.
const DATABASE: &str = "default";

/// In which zones a site writes its times, as it says.
#[derive(Clone, Debug)]
pub(super) struct Times {
    /// `USE_TZ`: in UTC.
    pub(super) aware: bool,
    /// `TIME_ZONE`: where, when it is not in UTC; `None` for the zone of the machine.
    pub(super) zone: Option<String>,
    /// `DATABASES["default"]["TIME_ZONE"]`: where in columns that know no zones, when times are in UTC elsewhere.
    pub(super) of_rows: Option<String>,
}

impl Default for Times {
    fn default() -> Self {
        Self {
            aware: true,
            zone: Some("America/Chicago".into()),
            of_rows: None,
        }
    }
}

/// Reads of `DATABASES` the zone of the rows.
pub(super) fn of_rows(databases: &Value) -> Result<Option<String>, What> {
    let databases = databases.as_object().ok_or("is no dict of databases")?;
    let database = databases.get(DATABASE).unwrap_or(&Value::Null);
    maybe(database.get("TIME_ZONE").unwrap_or(&Value::Null), text)
        .map_err(|_| "has a TIME_ZONE that is no text")
}

impl Times {
    fn found(&self) -> Option<Zone> {
        match &self.zone {
            _ if self.aware => Some(Zone::default()),
            Some(name) => Zone::named(name),
            None => None,
        }
    }

    fn found_of_rows(&self) -> Option<Zone> {
        match &self.of_rows {
            Some(name) if self.aware => Zone::named(name),
            _ => self.found(),
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
        match &self.of_rows {
            Some(_) if !self.aware => problems.add(
                "DATABASES",
                "has a TIME_ZONE of its own while USE_TZ is off, which Django refuses",
            ),
            Some(_) if self.found_of_rows().is_none() => problems.add(
                "DATABASES",
                "has a TIME_ZONE that is no zone of this machine's time zone database",
            ),
            _ => {}
        }
    }
}

impl Settings {
    /// Returns the zone in which times without an offset are; UTC when that one can't be had, which is a problem.
    pub(crate) fn zone(&self) -> Zone {
        self.times.found().unwrap_or_default()
    }

    /// Returns the zone in which they are in columns that know no zones.
    pub(crate) fn zone_of_rows(&self) -> Zone {
        self.times.found_of_rows().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn told(settings: &Settings) -> Vec<String> {
        let problems = settings.problems();
        let told = problems.problems().iter();
        told.map(|it| format!("{} {}", it.setting, it.what))
            .collect()
    }

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
            let told = told(&settings);
            assert_eq!(told.len(), usize::from(problem.is_some()), "{told:?}");
            assert!(
                told.iter()
                    .all(|it| it.contains(problem.unwrap_or_default()))
            );
            assert!(!told.concat().contains("hunter2"));
        }
    }

    #[test]
    fn a_zone_of_the_database_is_one_of_rows_alone_and_one_that_there_is_not_is_named() {
        let noon = "2026-01-15T12:00:00";
        let shown = crate::django::DateTime::parse(noon).unwrap();
        let there = |databases: Value| Settings::new("k").set("DATABASES", databases);
        let kolkata = there(json!({
            "default": {"TIME_ZONE": "Asia/Kolkata", "PASSWORD": "hunter2"},
            "other": {"TIME_ZONE": "Europe/Atlantis"},
        }));
        assert_eq!(told(&kolkata), [""; 0]);
        let hours = |zone: Zone| zone.ahead(zone.moment(shown)) / 1800;
        assert_eq!(
            (hours(kolkata.zone()), hours(kolkata.zone_of_rows())),
            (0, 11)
        );
        for none in [
            json!({}),
            json!({"default": {}}),
            json!({"default": {"TIME_ZONE": null}}),
        ] {
            let none = there(none);
            assert_eq!((told(&none).len(), hours(none.zone_of_rows())), (0, 0));
        }
        for wrong in [
            there(json!("hunter2")),
            there(json!({"default": {"TIME_ZONE": 5}})),
            there(json!({"default": {"TIME_ZONE": "Europe/hunter2"}})),
            kolkata
                .set("USE_TZ", false)
                .set("TIME_ZONE", "Asia/Kolkata"),
        ] {
            let told = told(&wrong);
            assert!(told.len() == 1 && told[0].contains("DATABASES"), "{told:?}");
            assert!(!told[0].contains("hunter2"));
        }
    }
}
