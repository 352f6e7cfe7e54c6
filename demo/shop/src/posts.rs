//! The notes on the noticeboard: shared by all visitors, forgotten when the shop closes.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use minijinja::{Value, context};

/// How many hang there; the oldest makes room.
const MOST: usize = 100;

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Post {
    pub(crate) title: String,
    pub(crate) body: String,
    /// The name of whoever was signed in.
    pub(crate) author: Option<String>,
}

/// The newest posts.
#[derive(Debug, Default)]
pub(crate) struct Noticeboard {
    posts: Mutex<VecDeque<Post>>,
}

impl Noticeboard {
    pub(crate) fn pin(&self, post: Post) {
        let mut posts = self.posts();
        posts.push_front(post);
        posts.truncate(MOST);
    }

    /// Returns the posts, newest first.
    pub(crate) fn read(&self) -> Vec<Post> {
        self.posts().iter().cloned().collect()
    }

    fn posts(&self) -> MutexGuard<'_, VecDeque<Post>> {
        self.posts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl From<Post> for Value {
    fn from(post: Post) -> Self {
        context! { title => post.title, body => post.body, author => post.author }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_hundred_hang_there_newest_first() {
        let board = Noticeboard::default();
        for number in 1..=101 {
            let title = format!("Note {number}");
            board.pin(Post {
                title,
                body: String::new(),
                author: None,
            });
        }
        let titles: Vec<String> = board.read().into_iter().map(|post| post.title).collect();
        assert_eq!(titles.len(), 100);
        assert_eq!(
            (titles[0].as_str(), titles[99].as_str()),
            ("Note 101", "Note 2")
        );
    }
}
