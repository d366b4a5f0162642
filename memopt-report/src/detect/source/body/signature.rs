//! What a function takes and gives, by the text of its signature.

/// Whether its caller may get values from it: by its result, or by a parameter that is not `self`.
/// Also where there is no signature, as below `scope!`.
pub(super) fn hands_out(signature: &str) -> bool {
    let Some((parameters, result)) = parameters_and_result(signature) else { return true };
    !is_nothing(result) || lends(parameters)
}

/// Whether what its caller gets is in a parameter that is not `self`: there is no other result.
pub(super) fn fills_what_is_lent(signature: &str) -> bool {
    parameters_and_result(signature).is_some_and(|(parameters, result)| {
        (is_nothing(result) || result.contains("Result<()")) && lends(parameters)
    })
}

fn is_nothing(result: &str) -> bool {
    let result = result.split(" where ").next().unwrap_or_default().trim();
    // An error may be what was made.
    let of_result = result.split_once("Result<()").map(|(_, rest)| rest.trim_start_matches(','));
    let owned = ["String", "Box<str", "Vec<", "Cow<"];
    ["", "()", "bool", "usize"].contains(&result)
        || of_result.is_some_and(|error| !owned.iter().any(|one| error.trim().starts_with(one)))
}

/// Whether a parameter is a mutable reference, of whatever lifetime. `self` is none.
fn lends(parameters: &str) -> bool {
    parameters.split('&').skip(1).any(|reference| {
        let mut words = reference.split_whitespace().skip_while(|word| word.starts_with('\''));
        words.next() == Some("mut") && words.next().is_some_and(|word| !is_self(word))
    })
}

fn is_self(word: &str) -> bool {
    word.trim_end_matches([',', ')']) == "self"
}

/// What stands between its parentheses, and after its arrow.
fn parameters_and_result(signature: &str) -> Option<(&str, &str)> {
    let (mut angles, mut round) = (0_i32, 0_i32);
    let (mut open, mut last) = (None, ' ');
    for (at, letter) in signature.char_indices() {
        match letter {
            '<' if open.is_none() => angles += 1,
            // Not of the arrow in a closure's type.
            '>' if open.is_none() && last != '-' => angles -= 1,
            '(' if angles == 0 => {
                round += 1;
                open = open.or(Some(at + 1));
            }
            ')' if angles == 0 => round -= 1,
            _ => {}
        }
        last = letter;
        if let (Some(open), 0) = (open, round) {
            let result = signature[at + 1..].trim_start();
            return Some((&signature[open..at], result.strip_prefix("->").unwrap_or("")));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::{fills_what_is_lent, hands_out};

    #[test]
    fn a_parameter_that_is_lent_may_be_all_that_is_given() {
        let cases = [
            ("f<T, R, W>(input: &mut R, output: &mut W, by: T) where W: Write,", true),
            ("f(out: &mut Vec<u8>) -> io::Result<()>", true),
            ("f(out: &mut Vec<u8>) -> Result<(), Box<dyn Error>>", true),
            ("f(out: &mut Vec<u8>) -> Result<(), String>", true),
            ("f<'a>(out: &'a mut Vec<String>, text: &'a str)", true),
            ("f<'a>(&'a mut self, text: &str)", false),
            ("f(&mut self, text: &str)", false),
            ("f(out: &mut Vec<u8>) -> Vec<u8>", false),
            ("", false),
        ];
        for (signature, expected) in cases {
            assert_eq!(fills_what_is_lent(signature), expected, "{signature}");
        }
    }

    #[test]
    fn what_is_left_in_self_is_not_handed_out() {
        let cases = [
            ("f(&self) -> Vec<String>", true),
            ("f(words: &[String], out: &mut Vec<String>)", true),
            ("f(&mut self) -> Result<Vec<u8>, Error>", true),
            ("f(&mut self, package: P) -> Result<(), Error<P, V>>", false),
            ("f(&self, text: &str) -> Result<(), String>", true),
            ("f(&mut self, text: &str) -> Result<(), Box<dyn Error>>", false),
            ("f(&mut self, at: usize) -> io::Result<()> where P: Clone", false),
            ("f<F: Fn(usize) -> Rule<P>>(&mut self, make: F)", false),
            ("f<F: Fn(usize) -> Rule<P>>(&mut self, make: F) -> Rule<P>", true),
            ("f(&mut self, (a, b): (u32, u32)) -> bool", false),
            ("", true),
        ];
        for (signature, expected) in cases {
            assert_eq!(hands_out(signature), expected, "{signature}");
        }
    }
}
