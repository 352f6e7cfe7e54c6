//! The attributes of a cookie. What stands in one is repeated only where it is of that attribute's own grammar: anything may
//! have been pasted there.

/// Longer runs of letters in a path or a host may be a secret.
const LONGEST_WORD: usize = 20;
const LONGEST: usize = 64;

/// Returns how an attribute is shown, and what it means; `None` when no browser knows it.
pub(super) fn explain(name: &str, value: &str) -> Option<(String, String)> {
    let (shown, means) = match name.to_ascii_lowercase().as_str() {
        "secure" => (false, "goes over HTTPS only".to_owned()),
        "httponly" => (false, "scripts can't read it".to_owned()),
        "partitioned" => (
            false,
            "is kept apart for each site that embeds this one".to_owned(),
        ),
        "path" => (is_path(value), path(value)),
        "domain" => (is_host(value), domain(value)),
        "max-age" => (is_age(value), max_age(value)),
        "expires" => (
            is_date(value),
            match is_date(value) {
                true => "lives until then, unless Max-Age says otherwise".to_owned(),
                false => "is not shown, as it is no date as servers write it".to_owned(),
            },
        ),
        "samesite" => same_site(value),
        _ => return None,
    };
    let shown = match shown {
        true => format!("{name}={value}"),
        false => name.to_owned(),
    };
    Some((shown, means))
}

fn path(value: &str) -> String {
    match value {
        "/" => "goes with requests for every page".into(),
        _ if is_path(value) => {
            format!("goes with requests for pages below {value}; that protects nothing")
        }
        _ => "goes with requests for pages below a path that is not shown; that protects nothing"
            .into(),
    }
}

fn domain(value: &str) -> String {
    match is_host(value) {
        true => format!("goes to {value} and all hosts below it"),
        false => "goes to a host that is not shown, and all hosts below it".into(),
    }
}

fn max_age(value: &str) -> String {
    match value.parse::<i64>() {
        _ if !is_age(value) => "is no number, so browsers pass it over".into(),
        Ok(..=0) => "the browser is to forget it".into(),
        _ => format!("lives for {value} s, also when the browser closes"),
    }
}

fn same_site(value: &str) -> (bool, String) {
    let means = match value.to_ascii_lowercase().as_str() {
        "strict" => "never goes with a request from another site",
        "lax" => "goes with a request from another site only when it is a link that is followed",
        "none" => "goes with requests from every site, so forms need another protection",
        _ => {
            return (
                false,
                "is not known to browsers, which take it for Lax".into(),
            );
        }
    };
    (true, means.into())
}

fn is_path(value: &str) -> bool {
    let of_word = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    let is_word = |word: &str| word.len() <= LONGEST_WORD && word.bytes().all(of_word);
    value.len() <= LONGEST && value.starts_with('/') && value.split('/').all(is_word)
}

fn is_host(value: &str) -> bool {
    let of_label = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    let is_label =
        |label: &str| (1..=LONGEST_WORD).contains(&label.len()) && label.bytes().all(of_label);
    let host = value.strip_prefix('.').unwrap_or(value);
    let is_one = host == "localhost" || host.contains('.');
    is_one && host.len() <= LONGEST && host.split('.').all(is_label)
}

fn is_age(value: &str) -> bool {
    let digits = value.strip_prefix('-').unwrap_or(value);
    (1..=10).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// Says whether this is a date as servers write it (RFC 6265 4.1.1, and the older form with dashes).
fn is_date(value: &str) -> bool {
    let is_like = |form: &str| {
        let fits = |(byte, form): (u8, u8)| match form {
            b'A' => byte.is_ascii_uppercase(),
            b'a' => byte.is_ascii_lowercase(),
            b'0' => byte.is_ascii_digit(),
            sign => byte == sign,
        };
        // `A` stands for a capital, so the zone is compared as it is.
        let Some(begin) = value.strip_suffix(" GMT") else {
            return false;
        };
        begin.len() == form.len() && begin.bytes().zip(form.bytes()).all(fits)
    };
    is_like("Aaa, 00 Aaa 0000 00:00:00") || is_like("Aaa, 00-Aaa-0000 00:00:00")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_attributes_value_is_shown_only_where_it_is_of_its_own_grammar() {
        let token = "x3Jp0VtqUQbq3m1Yw6lN9fGd2hKs8rTzAaBbCcDdEeFg";
        let hidden = [
            format!("/{token}"),
            format!("/reset/{token}/"),
            format!("{token}.example.com"),
            token.to_owned(),
            "Lax\tsessionid".into(),
            "60 hush".into(),
            "/, sessionid=hush".into(),
            "Fri, 01 Jan 2027 00:00:00 GMT, hush".into(),
            "12345678901234567890".into(),
        ];
        for name in ["Path", "Domain", "Max-Age", "Expires", "SameSite", "Secure"] {
            for value in &hidden {
                let (shown, means) = explain(name, value).unwrap();
                assert_eq!(shown, name, "{value}");
                assert!(!means.contains(value.as_str()), "{means}");
            }
        }
        for shown in [
            "Path=/",
            "path=/shop/basket",
            "Domain=.example.com",
            "Domain=localhost",
            "Max-Age=0",
            "Max-Age=-1",
            "Max-Age=1209600",
            "Expires=Fri, 01 Jan 2027 00:00:00 GMT",
            "Expires=Thu, 01-Jan-1970 00:00:00 GMT",
            "SameSite=none",
        ] {
            let (name, value) = shown.split_once('=').unwrap();
            assert_eq!(explain(name, value).unwrap().0, shown);
        }
        assert_eq!(explain("Priority", "High"), None);
    }
}
