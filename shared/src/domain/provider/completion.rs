//! Where a console has the owner of a binding chosen.

/// Where a console has the owner chosen (S-7, S-22). The API does either with every provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SuggestedCompletion {
    /// Before consent: the callback binds.
    Callback,
    /// After it: the console shows whose account it is, and binds it to the owner that is chosen there.
    Console,
}

impl SuggestedCompletion {
    /// Its name in the API.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Callback => "callback",
            Self::Console => "console",
        }
    }
}
