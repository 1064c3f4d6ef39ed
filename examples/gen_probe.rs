//! probe
fn main() {
    let a: Vec<String> = std::env::args().collect();
    let t = std::time::Instant::now();
    let b = std::fs::read(&a[1]).unwrap();
    if a.len() > 3 { let v: serde_yaml::Value = serde_yaml::from_slice(&b).unwrap(); eprintln!("value {:?}", t.elapsed()); std::mem::forget(v); return; }
    let d = apicli::openapi::Document::parse(&b, &a[1]).map_err(apicli::diagnostic::Failure::from).unwrap();
    eprintln!("parse {:?}", t.elapsed());
    let g = apicli::generator::PluginGenerator::default();
    let p = g.generate_from_openapi(&d).map_err(apicli::diagnostic::Failure::from).unwrap();
    eprintln!("generate {:?} ops {} cmds {} skipped {:?} warnings {}", t.elapsed(), p.operations, p.commands.len(), p.skipped, p.warnings.len());
    for w in p.warnings.iter().take(20) { eprintln!("{w:?}"); }
    let w = g.create_plugin_files(&p, std::path::Path::new(&a[2])).map_err(apicli::diagnostic::Failure::from).unwrap();
    eprintln!("write {:?} files {} merge {:?}", t.elapsed(), w.files.len(), w.merge);
}
