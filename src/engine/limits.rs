use std::time::Duration;

use rhai::Engine;

/// What one call of a script may use. Every limit is set to the same value in debug and release builds; Rhai's
/// own defaults differ between the two.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Operations of the script engine (about 20 ns each), hooks included, in one unit of work. That is the whole
    /// call, but each page that the standard library gathers and each new attempt of its `retry` and `wait` begins another.
    pub operations: u64,
    /// Nesting of function calls.
    pub call_depth: usize,
    /// Nesting of expressions and blocks outside of functions, when a script is compiled.
    pub expression_depth: usize,
    /// Nesting of expressions and blocks inside a function, when a script is compiled.
    pub function_expression_depth: usize,
    /// Bytes of a string, or of all strings within one value together.
    pub string_size: usize,
    /// Elements of an array, including nested arrays; bytes of a blob.
    pub array_size: usize,
    /// Entries of a map, including nested maps.
    pub map_size: usize,
    /// Variables in scope.
    pub variables: usize,
    /// Functions in one script, including closures.
    pub functions: usize,
    /// Arrays, maps and closures held in one another.
    pub nesting: usize,
    /// Bytes that the process may grow by while a script runs. Only checked where the system reports it (Linux).
    pub memory: u64,
    /// Time in the script and in natives between two waits, for one unit of work: the network, sleeping and prompts do
    /// not count. See [`Limits::operations`] for what a unit is.
    pub computing: Duration,
    /// Time without a byte sent or received, for each request.
    pub silence: Silence,
    /// The whole call: script, sleeping and network; prompts do not count.
    pub whole_time: Duration,
    /// Requests sent in one unit of work.
    pub requests: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            operations: 50_000_000,
            call_depth: 64,
            expression_depth: 48,
            function_expression_depth: 48,
            string_size: 16 << 20,
            array_size: 1_000_000,
            map_size: 100_000,
            variables: 1_000,
            functions: 20_000,
            nesting: 100,
            memory: 1 << 30,
            computing: Duration::from_secs(30),
            silence: Silence::Usual(Duration::from_secs(60)),
            whole_time: Duration::from_secs(3_600),
            requests: 10_000,
        }
    }
}

impl Limits {
    /// The largest script, in bytes.
    pub const SCRIPT_SIZE: usize = 1 << 20;

    /// Sets the limits that the engine itself enforces.
    pub(super) fn apply(&self, engine: &mut Engine) {
        engine
            // Counted for each unit of work by the call itself; the engine does not know units of work.
            .set_max_operations(0)
            .set_max_call_levels(self.call_depth)
            .set_max_expr_depths(self.expression_depth, self.function_expression_depth)
            .set_max_string_size(self.string_size)
            .set_max_array_size(self.array_size)
            .set_max_map_size(self.map_size)
            .set_max_variables(self.variables)
            .set_max_functions(self.functions)
            // No module is ever imported: the host's own are static, which this does not affect.
            .set_max_modules(0)
            .set_max_strings_interned(1024);
    }
}

/// How long the network may be silent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Silence {
    /// The default; a script may ask for more or less for a request.
    Usual(Duration),
    /// Set by the user; a script may only ask for less.
    Typed(Duration),
}

impl Silence {
    /// The silence allowed for a request, given what its script asks for.
    pub fn of_request(self, asked: Option<Duration>) -> Duration {
        match (self, asked) {
            (Self::Usual(_), Some(asked)) => asked,
            (Self::Typed(typed), Some(asked)) => typed.min(asked),
            (Self::Usual(time) | Self::Typed(time), None) => time,
        }
    }
}

/// A limit that a script broke.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// [`Limits::operations`].
    Operations,
    /// [`Limits::call_depth`].
    CallDepth,
    /// [`Limits::string_size`].
    StringSize,
    /// [`Limits::array_size`].
    ArraySize,
    /// [`Limits::map_size`].
    MapSize,
    /// [`Limits::variables`].
    Variables,
    /// [`Limits::nesting`].
    Nesting,
    /// [`Limits::memory`].
    Memory,
    /// [`Limits::computing`].
    Computing,
    /// [`Limits::whole_time`].
    WholeTime,
    /// [`Limits::requests`].
    Requests,
}

impl Limit {
    /// What the script did, as the end of `the script ...`.
    pub fn describe(self) -> &'static str {
        match self {
            Self::Operations => "ran too many operations",
            Self::CallDepth => "nested its function calls too deep",
            Self::StringSize => "made a text that is too long",
            Self::ArraySize => "made an array that is too long",
            Self::MapSize => "made a map that is too large",
            Self::Variables => "declared too many variables",
            Self::Nesting => "nested its values too deep",
            Self::Memory => "used too much memory",
            Self::Computing => "computed for too long",
            Self::WholeTime => "ran out of time",
            Self::Requests => "sent too many requests",
        }
    }

    /// What to do next.
    pub fn hint(self) -> &'static str {
        match self {
            Self::Operations | Self::Computing => "look for a loop that does not end, or do less in one call",
            Self::WholeTime => "allow more for the whole command with `--max-time`, or do less in one call",
            Self::CallDepth => "look for a function that calls itself endlessly",
            Self::Nesting => "look for a value that is put into itself over and over",
            Self::Requests => "look for a loop that sends, or fetch larger pages",
            Self::StringSize | Self::ArraySize | Self::MapSize | Self::Variables | Self::Memory => {
                "keep less at a time: fetch fewer pages, or return the response itself"
            }
        }
    }
}
