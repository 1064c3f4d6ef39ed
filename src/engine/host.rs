use std::cell::{OnceCell, RefCell};
use std::collections::HashMap;
use std::mem::ManuallyDrop;
use std::rc::Rc;

use rhai::packages::{Package, StandardPackage};
use rhai::{Engine, Module, OptimizationLevel, Scope};

use super::current::{Current, current};
use super::draft::{CredentialHandle, RequestHandle};
use super::error::Error;
use super::field::FileHandle;
use super::hidden::Hidden;
use super::limits::Limits;
use super::list::List;
use super::natives::Natives;
use super::nesting;
use super::places;
use super::response::ResponseHandle;
use super::stdlib::{self, Modules};

/// What the engines of one thread share. Building it costs about as much as one call, so it is built once.
pub(super) struct Host {
    /// The language's own functions. Registering them is a third of a command's work, so it is only done for scripts that may
    /// call one. `StandardPackage::new_lazy` would be cheaper still, but a script then meets a limit in another place: tests of
    /// what is counted fail with it.
    package: OnceCell<StandardPackage>,
    /// What every script needs.
    natives: Natives,
    /// The rest of the host's functions.
    more: OnceCell<Natives>,
    current: Rc<Current>,
    /// What values with hidden places need; built when a script may hold one.
    places: OnceCell<Rc<Module>>,
    /// Compiled modules of the standard library.
    library: RefCell<HashMap<&'static str, Rc<Module>>>,
    /// The last few engines; there is rarely more than one.
    engines: RefCell<Vec<(Limits, Modules, Rc<Engine>)>>,
}

/// How many engines are kept for the next call.
const KEPT: usize = 4;

// Never dropped: a thread that runs scripts is usually the program's only one, and freeing thousands of registered functions
// at its end would cost every command time.
thread_local!(static HOST: OnceCell<ManuallyDrop<Host>> = const { OnceCell::new() });

impl Host {
    fn new() -> ManuallyDrop<Self> {
        let current = current();
        ManuallyDrop::new(Self {
            package: OnceCell::new(),
            natives: Natives::plain(&current),
            more: OnceCell::new(),
            current,
            places: OnceCell::new(),
            library: RefCell::default(),
            engines: RefCell::default(),
        })
    }

    /// This thread's engine with those limits and modules.
    pub(super) fn engine(limits: &Limits, modules: Modules) -> Result<Rc<Engine>, Error> {
        HOST.with(|host| {
            let host = host.get_or_init(Self::new);
            let known = |engines: &[(Limits, Modules, Rc<Engine>)]| {
                let found = engines.iter().find(|(l, m, _)| l == limits && *m == modules);
                found.map(|(.., engine)| Rc::clone(engine))
            };
            if let Some(engine) = known(&host.engines.borrow()) {
                return Ok(engine);
            }
            let mut engine = host.bare(limits, modules.is_plain());
            if modules.places() {
                engine.register_global_module(Rc::clone(host.places.get_or_init(places::module)));
            }
            for part in modules.parts() {
                let module = host.library(part)?;
                if part.is_guard() {
                    engine.register_global_module(module);
                } else {
                    engine.register_static_module(part.name(), module);
                }
            }
            let engine = Rc::new(engine);
            let mut engines = host.engines.borrow_mut();
            if engines.len() >= KEPT {
                engines.remove(0);
            }
            engines.push((limits.clone(), modules, Rc::clone(&engine)));
            Ok(engine)
        })
    }

    /// An engine for checks: it refuses variables that nothing declares, and knows the whole standard library.
    pub(super) fn strict() -> Result<Engine, Error> {
        HOST.with(|host| {
            let host = host.get_or_init(Self::new);
            let mut engine = host.bare(&Limits::default(), false);
            for part in Modules::all().parts().filter(|part| !part.is_guard()) {
                engine.register_static_module(part.name(), host.library(part)?);
            }
            engine.set_strict_variables(true);
            Ok(engine)
        })
    }

    /// An engine with the natives, without the standard library. A plain one has only what the simplest scripts need;
    /// see [`Modules::is_plain`].
    fn bare(&self, limits: &Limits, plain: bool) -> Engine {
        let mut engine = Engine::new_raw();
        // The optimiser is quadratic in the cases of a `switch`, the statements of a block and more: minutes for a script
        // of 1 MiB. What it folds costs nothing where each statement runs once.
        engine.set_optimization_level(OptimizationLevel::None);
        let more = (!plain).then(|| self.more.get_or_init(|| Natives::more(&self.current)));
        if more.is_some() {
            self.package.get_or_init(StandardPackage::new).register_into_engine(&mut engine);
        }
        for natives in more.into_iter().chain([&self.natives]) {
            engine.register_global_module(Rc::clone(&natives.global));
            for (name, module) in &natives.spaces {
                engine.register_static_module(name, Rc::clone(module));
            }
        }
        engine
            .register_type_with_name::<RequestHandle>("Request")
            .register_type_with_name::<ResponseHandle>("Response")
            .register_type_with_name::<CredentialHandle>("Credential")
            .register_type_with_name::<List>("List")
            .register_type_with_name::<FileHandle>("File")
            // A script must not be able to tell the difference.
            .register_type_with_name::<Hidden>("string");
        limits.apply(&mut engine);
        // `eval` works even in a raw engine. There is no module resolver; disabling the symbol makes that a clear error.
        engine.disable_symbol("eval").disable_symbol("import").disable_symbol("export");
        // `curry(f, f)` doubles what `f` holds, and no limit counts it. Closures can do the same.
        engine.disable_symbol("curry");
        let current = Rc::clone(&self.current);
        engine.on_progress(move |_| current.progress());
        let current = Rc::clone(&self.current);
        engine.on_print(move |text| print(&current, text));
        let current = Rc::clone(&self.current);
        engine.on_debug(move |text, _, _| print(&current, text));
        nesting::watch(&mut engine, limits.nesting);
        engine
    }

    /// A module of the standard library, compiled when it is first used.
    fn library(&self, part: stdlib::LibraryModule) -> Result<Rc<Module>, Error> {
        if let Some(module) = self.library.borrow().get(part.name()) {
            return Ok(Rc::clone(module));
        }
        let failed = |message: String| Error::Engine { message };
        let engine = self.bare(&Limits::default(), false);
        let mut ast = engine.compile(part.text()).map_err(|error| failed(error.to_string()))?;
        ast.set_source(part.source());
        let mut module = Module::eval_ast_as_new(Scope::new(), &ast, &engine)
            .map_err(|error| failed(error.to_string()))?;
        module.build_index();
        module.set_id(part.name());
        let module = Rc::new(module);
        self.library.borrow_mut().insert(part.name(), Rc::clone(&module));
        Ok(module)
    }
}

/// What a script prints, made safe for a terminal.
fn print(current: &Current, text: &str) {
    if let Some(running) = current.running().filter(|running| !running.is_over()) {
        (running.on_print)(&crate::text::printable_block(text));
    }
}
