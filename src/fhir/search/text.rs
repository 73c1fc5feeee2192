//! Strings as they are compared: without case, accents and punctuation (search.html#string).

/// Answers the text in the form in which strings are compared; `None` when nothing is left of it.
pub fn folded(text: &str) -> Option<String> {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            'a'..='z' | '0'..='9' => out.push(c),
            'A'..='Z' => out.push(c.to_ascii_lowercase()),
            // Combining accents, as decomposed text has them, and what is no letter to the eye.
            '\u{300}'..='\u{36f}' | '\u{ad}' | '\u{200b}'..='\u{200d}' | '\0' => {}
            c if c.is_whitespace() || is_punctuation(c) => {
                if !out.is_empty() && !out.ends_with(' ') {
                    out.push(' ');
                }
            }
            c => match plain(c) {
                "" => out.extend(c.to_lowercase()),
                letters => out.push_str(letters),
            },
        }
    }
    out.truncate(out.trim_end().len());
    (!out.is_empty()).then_some(out)
}

fn is_punctuation(c: char) -> bool {
    c.is_ascii_punctuation() || matches!(c, '\u{a0}'..='\u{bf}' | '\u{2010}'..='\u{2027}' | '\u{2030}'..='\u{205e}')
}

/// Answers the letters without accent that stand for a letter of the European alphabets; nothing
/// for one that is not accented.
fn plain(c: char) -> &'static str {
    match c {
        'À'..='Å' | 'à'..='å' | 'Ā'..='ą' | 'Ǎ' | 'ǎ' => "a",
        'Æ' | 'æ' => "ae",
        'Ç' | 'ç' | 'Ć'..='č' => "c",
        'Ð' | 'ð' | 'Ď'..='đ' => "d",
        'È'..='Ë' | 'è'..='ë' | 'Ē'..='ě' | 'ẽ' | 'Ẽ' => "e",
        'Ĝ'..='ģ' => "g",
        'Ĥ'..='ħ' => "h",
        'Ì'..='Ï' | 'ì'..='ï' | 'Ĩ'..='ı' => "i",
        'Ĳ' | 'ĳ' => "ij",
        'Ĵ' | 'ĵ' => "j",
        'Ķ' | 'ķ' => "k",
        'Ĺ'..='ł' => "l",
        'Ñ' | 'ñ' | 'Ń'..='ŉ' | 'Ŋ' | 'ŋ' => "n",
        'Ò'..='Ö' | 'Ø' | 'ò'..='ö' | 'ø' | 'Ō'..='ő' => "o",
        'Œ' | 'œ' => "oe",
        'Ŕ'..='ř' => "r",
        'Ś'..='š' | 'Ș' | 'ș' => "s",
        'ß' | 'ẞ' => "ss",
        'Ţ'..='ŧ' | 'Ț' | 'ț' => "t",
        'Þ' | 'þ' => "th",
        'Ù'..='Ü' | 'ù'..='ü' | 'Ũ'..='ų' => "u",
        'Ŵ' | 'ŵ' => "w",
        'Ý' | 'ý' | 'ÿ' | 'Ŷ'..='Ÿ' => "y",
        'Ź'..='ž' => "z",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accents_case_and_punctuation_make_no_difference() {
        let cases = [
            ("Hélène", "helene"),
            ("He\u{301}le\u{300}ne", "helene"),
            ("ŒUVRARD", "oeuvrard"),
            ("Jean-Pierre", "jean pierre"),
            ("  D’Aubigné ", "d aubigne"),
            ("D'AUBIGNE", "d aubigne"),
            ("Müller  Straße", "muller strasse"),
            ("Łukasz Żółć", "lukasz zolc"),
            ("Ÿves", "yves"),
            ("ИВАН", "иван"),
            ("12 rue", "12 rue"),
        ];
        for (text, want) in cases {
            assert_eq!(folded(text).as_deref(), Some(want), "{text}");
        }
        assert_eq!(folded(" -'"), None);
        assert_eq!(folded(""), None);
    }
}
