//! What is sent to a server: commands, each a list of words of any bytes.
use std::io::Write;

/// One command, in words that stay where they are until it is sent.
#[derive(Clone, Copy, Debug)]
pub(super) struct Command<'a> {
    /// The words by which a script is called.
    call: Option<[&'a [u8]; 3]>,
    words: &'a [&'a [u8]],
}

/// Several commands that are sent together.
#[derive(Debug, Default)]
pub(super) struct Commands {
    pub(super) bytes: Vec<u8>,
    pub(super) count: usize,
}

impl<'a> Command<'a> {
    pub(super) fn new(words: &'a [&'a [u8]]) -> Self {
        Self { call: None, words }
    }

    /// A call of a script with names and arguments.
    pub(super) fn call(script: [&'a [u8]; 3], words: &'a [&'a [u8]]) -> Self {
        let call = Some(script);
        Self { call, words }
    }

    /// Writes it as an array of strings.
    pub(super) fn write_to(&self, out: &mut Vec<u8>) {
        let call: &[&[u8]] = self.call.as_ref().map_or(&[], |call| call);
        write_number(b'*', call.len() + self.words.len(), out);
        for word in call.iter().chain(self.words) {
            write_number(b'$', word.len(), out);
            out.extend_from_slice(word);
            out.extend_from_slice(b"\r\n");
        }
    }
}

impl Commands {
    pub(super) fn add(&mut self, command: Command<'_>) {
        command.write_to(&mut self.bytes);
        self.count += 1;
    }
}

fn write_number(kind: u8, number: usize, out: &mut Vec<u8>) {
    out.push(kind);
    // Most words are short, and formatting takes longer than copying them.
    match u8::try_from(number) {
        Ok(digit @ ..10) => out.push(b'0' + digit),
        Ok(two @ ..100) => out.extend_from_slice(&[b'0' + two / 10, b'0' + two % 10]),
        _ => write!(out, "{number}").expect("a vector can be written to"),
    }
    out.extend_from_slice(b"\r\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_says_how_long_each_of_its_words_is() {
        let long = [b'x'; 100];
        let mut all = Commands::default();
        let words = [&[b'y'; 10][..], &long];
        all.add(Command::call([b"EVAL", b"a\r\nb", b""], &words));
        all.add(Command::new(&[b"PING"]));
        let long = String::from_utf8_lossy(&long);
        let first = "*5\r\n$4\r\nEVAL\r\n$4\r\na\r\nb\r\n$0\r\n\r\n$10\r\nyyyyyyyyyy\r\n$100\r\n";
        let expected = format!("{first}{long}\r\n*1\r\n$4\r\nPING\r\n");
        assert_eq!(String::from_utf8_lossy(&all.bytes), expected);
        assert_eq!(all.count, 2);
    }
}
