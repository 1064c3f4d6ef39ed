use std::time::Duration;

use rhai::Engine;

/// What one call of a script may use. Every limit is set, to the same value in debug and release builds: Rhai's
/// own defaults differ between the two.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Operations of the script engine (about 20 ns each), hooks included.
    pub operations: u64,
    /// Nesting of function calls.
    pub call_depth: usize,
    /// Nesting of expressions and blocks outside of functions, when a script is compiled.
    pub expression_depth: usize,
    /// Nesting of expressions and blocks inside a function, when a script is compiled.
    pub function_expression_depth: usize,
    /// Bytes of a string; of all strings within one value together.
    pub string_size: usize,
    /// Elements of an array, those of nested arrays included; bytes of a blob.
    pub array_size: usize,
    /// Entries of a map, those of nested maps included.
    pub map_size: usize,
    /// Variables in scope.
    pub variables: usize,
    /// Functions in one script, closures included.
    pub functions: usize,
    /// Arrays, maps and closures held in one another.
    pub nesting: usize,
    /// Bytes that the process may grow by while a script runs. Only seen where the system tells it (Linux).
    pub memory: u64,
    /// The whole call: script, sleeping and network.
    pub wall_time: Duration,
    /// Requests sent.
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
            wall_time: Duration::from_secs(120),
            requests: 10_000,
        }
    }
}

impl Limits {
    /// The largest script, in bytes.
    pub const SCRIPT_SIZE: usize = 1 << 20;

    /// Sets those limits that the engine itself keeps.
    pub(super) fn apply(&self, engine: &mut Engine) {
        engine
            .set_max_operations(self.operations)
            .set_max_call_levels(self.call_depth)
            .set_max_expr_depths(self.expression_depth, self.function_expression_depth)
            .set_max_string_size(self.string_size)
            .set_max_array_size(self.array_size)
            .set_max_map_size(self.map_size)
            .set_max_variables(self.variables)
            .set_max_functions(self.functions)
            // No module is ever imported: the host's own are static, which this does not touch.
            .set_max_modules(0)
            .set_max_strings_interned(1024);
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
    /// [`Limits::wall_time`].
    WallTime,
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
            Self::WallTime => "ran out of time",
            Self::Requests => "sent too many requests",
        }
    }

    /// What to do next.
    pub fn hint(self) -> &'static str {
        match self {
            Self::Operations | Self::WallTime => "look for a loop that does not end, or do less in one call",
            Self::CallDepth => "look for a function that calls itself without an end",
            Self::Nesting => "look for a value that is put into itself, again and again",
            Self::Requests => "look for a loop that sends, or fetch larger pages",
            Self::StringSize | Self::ArraySize | Self::MapSize | Self::Variables | Self::Memory => {
                "keep less at a time: fetch fewer pages, or return the response itself"
            }
        }
    }
}
