//! Random bytes for what has to differ and may be seen: nonces, and the ids of messages.
use std::cell::RefCell;

/// How many bytes the operating system is asked for at a time, since asking takes about as long as sealing does.
const AT_A_TIME: usize = 480;

thread_local! {
    static STOCK: RefCell<Stock> = const { RefCell::new(Stock::EMPTY) };
}

/// Bytes that were drawn and not given out yet.
struct Stock {
    bytes: [u8; AT_A_TIME],
    given: usize,
}

/// Draws so many bytes.
///
/// Not for tokens and keys: a forked process would draw what the other one does. A seal takes no harm from that, since
/// of a nonce that comes twice one learns no more than whether the contents are the same (RFC 8452 section 1).
///
/// # Panics
/// When the operating system has no randomness to give.
pub(crate) fn draw<const N: usize>() -> [u8; N] {
    STOCK.with_borrow_mut(Stock::give)
}

impl Stock {
    const EMPTY: Self = Self {
        bytes: [0; AT_A_TIME],
        given: AT_A_TIME,
    };

    fn give<const N: usize>(&mut self) -> [u8; N] {
        if self.given + N > AT_A_TIME {
            getrandom::fill(&mut self.bytes).expect("the operating system gives random bytes");
            self.given = 0;
        }
        let mut given = [0; N];
        given.copy_from_slice(&self.bytes[self.given..self.given + N]);
        self.given += N;
        given
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn no_bytes_are_given_twice_to_one_thread_or_to_another() {
        let many = || (0..1_000).map(|_| draw::<12>()).collect::<Vec<_>>();
        let other = std::thread::spawn(many).join().unwrap();
        let all: HashSet<_> = many().into_iter().chain(other).collect();
        assert_eq!(all.len(), 2_000);
    }

    #[test]
    fn bytes_of_different_lengths_do_not_overlap() {
        let mut stock = Stock::EMPTY;
        let (mut last, mut refills) = (0, 0);
        for _ in 0..200 {
            let given = stock.give::<8>();
            assert_eq!(given, stock.bytes[stock.given - 8..stock.given]);
            refills += usize::from(stock.given < last);
            last = stock.given;
            stock.give::<12>();
            refills += usize::from(stock.given < last);
            last = stock.given;
        }
        assert_eq!(refills, 200 * 20 / AT_A_TIME);
    }
}
