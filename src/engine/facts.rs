use crate::model::{Body, CommandDefinition, Kind, SecurityAlternative, Style, ValueType};

/// What the host needs of a command's facts to send its request.
#[derive(Clone, Debug)]
pub(super) struct Facts {
    pub(super) security: Vec<SecurityAlternative>,
    pub(super) accept: Option<String>,
    pub(super) body: Option<Body>,
    flags: Vec<Flag>,
}

/// What the host needs of one flag.
#[derive(Clone, Debug)]
pub(super) struct Flag {
    key: Vec<String>,
    wire: Vec<String>,
    pub(super) style: Option<Style>,
    pub(super) explode: bool,
    file: bool,
}

impl Facts {
    pub(super) fn of(command: &CommandDefinition) -> Self {
        let flags = command.arguments.iter().filter(|argument| argument.kind == Kind::Flag);
        Self {
            security: command.security.clone(),
            accept: command.accept.clone(),
            body: command.body.clone(),
            flags: flags
                .map(|argument| Flag {
                    key: argument.key.clone(),
                    wire: argument.wire_path.clone(),
                    style: argument.style,
                    explode: argument.explode,
                    file: argument.value_type == ValueType::File,
                })
                .collect(),
        }
    }

    /// The first flag whose keys begin with `key`.
    pub(super) fn flag(&self, key: &str) -> Option<&Flag> {
        self.flags.iter().find(|flag| flag.key.first().is_some_and(|first| first == key))
    }

    /// Style and explode of the top-level field of that wire name.
    pub(super) fn style_of_wire(&self, wire: &str) -> Option<(Style, bool)> {
        let flag = self.flags.iter().find(|flag| flag.wire.first().is_some_and(|first| first == wire))?;
        flag.style.map(|style| (style, flag.explode))
    }

    /// Whether the value at this path of wire names is the path of a file.
    pub(super) fn is_file(&self, wire: &[String]) -> bool {
        self.flags.iter().any(|flag| flag.file && flag.wire == wire)
    }
}

impl Flag {
    /// The name at the top level of the request.
    pub(super) fn wire_name(&self) -> Option<&str> {
        self.wire.first().map(String::as_str)
    }
}
