//! What operators may set, and what is said of what is wrong.
use super::*;

fn environment(set: &'static [(&'static str, &'static str)]) -> Environment {
    Environment::read(move |name| {
        let found = set.iter().find(|(known, _)| *known == name);
        found.map(|(_, value)| Ok((*value).to_owned()))
    })
}

async fn problems(environment: Environment) -> Vec<String> {
    let error = environment.connect().await.unwrap_err();
    error.to_string().lines().map(ToOwned::to_owned).collect()
}

#[tokio::test]
async fn every_wrong_variable_is_named_in_one_message_and_no_value_is_shown() {
    let lines = problems(environment(&[
        (SECRET, "hunter2"),
        (FALLBACKS, "hunter3"),
        (STORE, "oracle://scott:tiger@db"),
        (MESSAGES, "pigeon"),
        (CACHE, "redis://:sesame@h"),
    ]))
    .await;
    let names: Vec<_> = lines
        .iter()
        .map(|line| line.split(':').next().unwrap())
        .collect();
    assert_eq!(names, [SECRET, FALLBACKS, MESSAGES, STORE, CACHE]);
    let text = lines.join("\n");
    for secret in ["hunter", "tiger", "sesame", "pigeon"] {
        assert!(!text.contains(secret), "{text}");
    }
}

#[tokio::test]
async fn with_an_unknown_dialect_nothing_is_opened() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("site.sqlite3");
    let url = format!("sqlite://{}", file.display());
    let environment = Environment::read(move |name| match name {
        SECRET => Some(Ok("0123456789abcdef0123456789abcdef".to_owned())),
        STORE => Some(Ok(url.clone())),
        DIALECT => Some(Ok("Django".to_owned())),
        _ => None,
    });
    let lines = problems(environment).await;
    assert_eq!(lines, [format!("{DIALECT}: is neither native nor django")]);
    assert!(!file.exists());
}

#[cfg(feature = "django")]
#[tokio::test]
async fn beside_django_no_secret_but_the_sites_will_do_and_no_database_is_made() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("typo.sqlite3");
    let url = format!("sqlite://{}", file.display());
    let with = |secret: &'static str| {
        let url = url.clone();
        Environment::read(move |name| match name {
            SECRET => Some(Ok(secret.to_owned())),
            STORE => Some(Ok(url.clone())),
            DIALECT => Some(Ok("django".to_owned())),
            _ => None,
        })
    };
    let random = || Err::<String, _>("must not be asked");
    let lines = problems(with("").secret_or(random).store_or("")).await;
    assert!(lines[0].starts_with(SECRET), "{lines:?}");
    assert!(with("").django_settings().is_err());
    let lines = problems(with("0123456789abcdef0123456789abcdef")).await;
    assert!(lines[0].starts_with(STORE), "{lines:?}");
    assert!(lines[0].contains("manage.py migrate"), "{lines:?}");
    assert!(!file.exists(), "a wrong path makes no database");
}

#[test]
fn variables_of_the_command_and_of_tests_are_known_and_a_misspelt_one_is_not() {
    for (name, known) in [
        (STORE, true),
        ("CLOAKROOM_FROM", true),
        ("CLOAKROOM_TO", true),
        ("CLOAKROOM_UPLOADS", true),
        ("CLOAKROOM_DRAFTS", true),
        ("CLOAKROOM_TEST_REDIS", true),
        ("CLOAKROOM_STOER", false),
        ("CLOAKROOM_TESTS", false),
    ] {
        assert_eq!(Environment::is_known(name), known, "{name}");
    }
}

#[cfg(feature = "django")]
#[tokio::test]
async fn djangos_dialect_is_spoken_with_the_engine_that_the_stores_url_speaks_for() {
    const KEY: &str = "0123456789abcdef0123456789abcdef";
    let with = |store: &'static str, file: &'static str| {
        Environment::read(move |name| match name {
            SECRET => Some(Ok(KEY.to_owned())),
            STORE => Some(Ok(store.to_owned())),
            DIALECT => Some(Ok("django".to_owned())),
            DJANGO_SETTINGS => Some(Ok(file.to_owned())),
            _ => None,
        })
    };
    for store in ["sqlite::memory:", "cookie:"] {
        assert!(with(store, "").connect().await.is_ok(), "{store}");
    }
    for (store, file, problem) in [
        ("memory:", "", "CLOAKROOM_STORE: is none that Django"),
        (
            "file:///hunter2",
            "",
            "CLOAKROOM_STORE: the file store could not",
        ),
        (
            "cookie:",
            "/hunter2",
            "CLOAKROOM_DJANGO_SETTINGS: can't be read",
        ),
    ] {
        let lines = problems(with(store, file)).await;
        assert!(lines[0].starts_with(problem), "{lines:?}");
        assert!(!lines.join("").contains("hunter2"), "{lines:?}");
    }
}

#[tokio::test]
async fn a_cache_stands_before_the_store_and_is_no_database() {
    let with_cache = |store: &'static str, cache: &'static str| {
        Environment::read(move |name| match name {
            SECRET => Some(Ok("0123456789abcdef0123456789abcdef".to_owned())),
            STORE => Some(Ok(String::from(store))),
            CACHE => Some(Ok(String::from(cache))),
            _ => None,
        })
    };
    assert!(with_cache("memory:", "memory:").connect().await.is_ok());
    for url in ["sqlite::memory:", "postgres://sesame", "sesame"] {
        let lines = problems(with_cache("memory:", url)).await;
        assert!(
            lines[0].starts_with("CLOAKROOM_CACHE: names no cache"),
            "{lines:?}"
        );
        assert!(!lines.join("").contains("sesame"), "{lines:?}");
    }
    let lines = problems(with_cache("cookie:", "memory:")).await;
    assert!(
        lines[0].starts_with("CLOAKROOM_CACHE: has nothing to keep"),
        "{lines:?}"
    );
}

#[tokio::test]
async fn what_the_application_says_is_used_only_for_what_is_absent() {
    let given = environment(&[
        (SECRET, "0123456789abcdef0123456789abcdef"),
        (STORE, "memory:"),
    ]);
    let builder = given
        .secret_or(|| Err::<String, _>("must not be asked"))
        .store_or("nonsense:")
        .connect()
        .await;
    assert!(builder.is_ok());
    let absent =
        environment(&[(SECRET, "")]).secret_or(|| Err::<String, _>("can't read the secret's file"));
    let lines = problems(absent).await;
    assert!(
        lines[0].contains("can't read the secret's file"),
        "{lines:?}"
    );
    assert!(lines.contains(&format!("{STORE}: is not set")), "{lines:?}");
}
