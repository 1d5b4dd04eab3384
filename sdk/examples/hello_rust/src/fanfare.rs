//! `<fanfare/plugin.h>`, ABI 1.0, for Rust, and a safe layer for plugins whose `deliver` waits: the trait `Sink`.
//!
//! All `unsafe` is here. What it relies on is what the header promises: inputs live for the call, events until they are
//! answered, calls into one instance come one at a time. No panic crosses: in `deliver` it is RETRY, elsewhere an error.
use std::any::Any;
use std::marker::PhantomData;
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::{mem, ptr, slice, str};

pub mod raw {
    //! Names, order and types of the header's fields.
    use std::marker::{PhantomData, PhantomPinned};
    use std::os::raw::{c_char, c_void};

    #[repr(C)]
    pub struct Ctx {
        opaque: [u8; 0],
        marker: PhantomData<(*mut u8, PhantomPinned)>,
    }
    #[repr(C)]
    pub struct Instance {
        opaque: [u8; 0],
        marker: PhantomData<(*mut u8, PhantomPinned)>,
    }

    #[repr(C)]
    #[derive(Clone, Copy)]
    pub struct Str {
        pub ptr: *const c_char,
        pub len: usize,
    }
    #[repr(C)]
    #[derive(Clone, Copy)]
    pub struct Bytes {
        pub ptr: *const u8,
        pub len: usize,
    }
    #[repr(C)]
    pub struct Kv {
        pub key: Str,
        pub value: Str,
    }
    #[repr(C)]
    pub struct Event {
        pub struct_size: u32,
        pub attempt: u32,
        pub delivery_id: Str,
        pub message_id: Str,
        pub id: Str,
        pub source: Str,
        pub r#type: Str,
        pub subject: Str,
        pub time: Str,
        pub content_type: Str,
        pub data_schema: Str,
        pub realm: Str,
        pub extensions: *const Kv,
        pub extension_count: usize,
        pub data: Bytes,
        pub received_unix_ns: i64,
        pub order_key: Str,
        pub extension_kinds: *const u8,
        pub headers: *const Kv,
        pub header_count: usize,
        pub options: *const Kv,
        pub option_count: usize,
        pub flags: u32,
        pub reserved: u32,
    }
    #[repr(C)]
    pub struct Batch {
        pub struct_size: u32,
        pub flags: u32,
        pub id: u64,
        pub events: *const *const Event,
        pub count: usize,
        pub deadline_mono_ns: i64,
    }
    #[repr(C)]
    pub struct Result {
        pub struct_size: u32,
        pub index: u32,
        pub outcome: u32,
        pub code: i32,
        pub retry_after_ms: i64,
        pub reason: Str,
        pub response: Str,
        pub remote: Str,
        pub flags: u32,
        pub reserved: u32,
    }
    #[repr(C)]
    pub struct Host {
        pub struct_size: u32,
        pub abi_minor: u32,
        pub version: Str,
        pub log: extern "C" fn(*mut Ctx, u32, Str, *const Kv, usize),
        pub set_error: extern "C" fn(*mut Ctx, Str),
        pub complete: extern "C" fn(*mut Ctx, u64, *const *const Result, usize),
        pub complete_all: extern "C" fn(*mut Ctx, u64, *const Result),
        pub config_str: extern "C" fn(*mut Ctx, Str, *mut Str) -> u32,
        pub config_i64: extern "C" fn(*mut Ctx, Str, *mut i64) -> u32,
        pub config_f64: extern "C" fn(*mut Ctx, Str, *mut f64) -> u32,
        pub config_bool: extern "C" fn(*mut Ctx, Str, *mut u32) -> u32,
        pub config_size: extern "C" fn(*mut Ctx, Str, *mut usize) -> u32,
        pub config_key: extern "C" fn(*mut Ctx, Str, usize, *mut Str) -> u32,
        pub secret: extern "C" fn(*mut Ctx, Str, *mut c_char, usize, *mut usize) -> u32,
        pub get_extension: extern "C" fn(*mut Ctx, Str) -> *const c_void,
    }
    #[repr(C)]
    pub struct Plugin {
        pub struct_size: u32,
        pub abi_major: u32,
        pub abi_minor: u32,
        pub required_minor: u32,
        pub capabilities: u32,
        pub max_batch_events: u32,
        pub name: Str,
        pub version: Str,
        pub vendor: Str,
        pub license: Str,
        pub description: Str,
        pub url: Str,
        pub config_schema: Str,
        pub create: Option<unsafe extern "C" fn(*const Host, *mut Ctx, *mut *mut Instance) -> u32>,
        pub start: Option<unsafe extern "C" fn(*mut Instance) -> u32>,
        pub deliver: Option<unsafe extern "C" fn(*mut Instance, *const Batch) -> u32>,
        pub stop: Option<unsafe extern "C" fn(*mut Instance, i64)>,
        pub destroy: Option<unsafe extern "C" fn(*mut Instance)>,
        pub validate: Option<unsafe extern "C" fn(*mut Instance) -> u32>,
        pub cancel: Option<unsafe extern "C" fn(*mut Instance, u64)>,
    }
    // Its pointers lead to constants.
    unsafe impl Sync for Plugin {}

    pub const OK: u32 = 0;
    pub const ECONFIG: u32 = 2;
    pub const EFAILED: u32 = 3;
    pub const DELIVERED: u32 = 1;
    pub const RETRY: u32 = 2;
    pub const REJECTED: u32 = 3;
    pub const UNREACHABLE: u32 = 4;
    pub const NOT_ATTEMPTED: u32 = 5;
    pub const BATCH_ORDERED: u32 = 1;
    pub const CAP_BLOCKING: u32 = 1;
}

// As in sdk/abi/v1.inc.
const _: () = assert!(mem::size_of::<raw::Event>() == 272 && mem::size_of::<raw::Batch>() == 40);
const _: () = assert!(mem::size_of::<raw::Result>() == 80 && mem::size_of::<raw::Host>() == 120);
const _: () = assert!(mem::size_of::<raw::Plugin>() == 192);

pub const fn text(from: &str) -> raw::Str {
    raw::Str { ptr: from.as_ptr().cast(), len: from.len() }
}

/// # Safety
/// `from` is of the host, and lives as long as 'a.
unsafe fn view<'a>(from: raw::Str) -> &'a str {
    if from.len == 0 {
        return "";
    }
    str::from_utf8(unsafe { slice::from_raw_parts(from.ptr.cast(), from.len) }).unwrap_or("")
}

/// What a plugin is.
pub struct Info {
    pub name: &'static str, // of the file, without ".so"
    pub version: &'static str,
    pub vendor: &'static str,
    pub license: &'static str,       // SPDX
    pub description: &'static str,   // one line
    pub config_schema: &'static str, // JSON Schema draft-07 of the options
    pub max_batch_events: u32,
}

#[allow(dead_code)]
pub enum Outcome {
    /// The far side took responsibility.
    Delivered,
    /// May work later.
    Retry(String),
    /// Will never work as it is.
    Rejected(String),
    /// No contact with the far side at all.
    Unreachable(String),
    /// Given back untouched.
    NotAttempted(String),
}

impl Outcome {
    fn parts(&self) -> (u32, &str) {
        match self {
            Outcome::Delivered => (raw::DELIVERED, ""),
            Outcome::Retry(reason) => (raw::RETRY, reason),
            Outcome::Rejected(reason) => (raw::REJECTED, reason),
            Outcome::Unreachable(reason) => (raw::UNREACHABLE, reason),
            Outcome::NotAttempted(reason) => (raw::NOT_ATTEMPTED, reason),
        }
    }
}

#[allow(dead_code)]
pub enum Level {
    Debug = 1,
    Info = 2,
    Warn = 3,
    Error = 4,
}

/// One plugin class. Calls come one at a time, not always from the same thread.
pub trait Sink: Sized + Send + 'static {
    const INFO: Info;
    /// Cheap, no network. An error is the operator's to mend.
    fn new(host: Host, config: &Config) -> Result<Self, String>;
    /// What the schema cannot say, without network.
    fn validate(&self) -> Result<(), String> {
        Ok(())
    }
    /// May connect.
    fn start(&mut self) -> Result<(), String> {
        Ok(())
    }
    /// Waits for the far side.
    fn deliver(&mut self, event: &Event) -> Outcome;
}

/// The services of the host for one instance, which it must not outlive.
pub struct Host {
    table: *const raw::Host,
    ctx: *mut raw::Ctx,
}
// Its calls that a Sink can make are [any-thread].
unsafe impl Send for Host {}
unsafe impl Sync for Host {}

impl Host {
    fn table(&self) -> &raw::Host {
        // The host's table lives as long as the process.
        unsafe { &*self.table }
    }
    pub fn log(&self, level: Level, message: &str, fields: &[(&str, &str)]) {
        let fields: Vec<raw::Kv> = fields.iter().map(|(key, value)| raw::Kv { key: text(key), value: text(value) }).collect();
        (self.table().log)(self.ctx, level as u32, text(message), fields.as_ptr(), fields.len());
    }
    fn set_error(&self, message: &str) {
        (self.table().set_error)(self.ctx, text(message));
    }
    fn result(index: usize, outcome: u32, reason: &str) -> raw::Result {
        raw::Result {
            struct_size: mem::size_of::<raw::Result>() as u32,
            index: index as u32,
            outcome,
            code: 0,
            retry_after_ms: 0,
            reason: text(reason),
            response: text(""),
            remote: text(""),
            flags: 0,
            reserved: 0,
        }
    }
    fn answer(&self, batch: u64, index: usize, outcome: &Outcome) {
        let (kind, reason) = outcome.parts();
        let result = Host::result(index, kind, reason);
        let results: [*const raw::Result; 1] = [&result];
        (self.table().complete)(self.ctx, batch, results.as_ptr(), 1);
    }
    fn answer_rest(&self, batch: u64, outcome: &Outcome) {
        let (kind, reason) = outcome.parts();
        (self.table().complete_all)(self.ctx, batch, &Host::result(0, kind, reason));
    }
}

/// The options by JSON pointer, defaults of the schema filled in.
pub struct Config<'a>(&'a Host);

#[allow(dead_code)]
impl Config<'_> {
    pub fn str(&self, pointer: &str) -> Option<String> {
        let mut out = text("");
        let status = (self.0.table().config_str)(self.0.ctx, text(pointer), &mut out);
        // The host's, as long as the instance.
        (status == raw::OK).then(|| unsafe { view(out) }.to_owned())
    }
    pub fn i64(&self, pointer: &str) -> Option<i64> {
        let mut out = 0;
        let status = (self.0.table().config_i64)(self.0.ctx, text(pointer), &mut out);
        (status == raw::OK).then_some(out)
    }
}

/// Borrowed until it is answered.
pub struct Event<'a>(&'a raw::Event);

#[allow(dead_code)]
impl<'a> Event<'a> {
    pub fn id(&self) -> &'a str {
        unsafe { view(self.0.id) }
    }
    pub fn source(&self) -> &'a str {
        unsafe { view(self.0.source) }
    }
    pub fn event_type(&self) -> &'a str {
        unsafe { view(self.0.r#type) }
    }
    pub fn content_type(&self) -> &'a str {
        unsafe { view(self.0.content_type) }
    }
    /// The same over all attempts: the far side's key against duplicates.
    pub fn delivery_id(&self) -> &'a str {
        unsafe { view(self.0.delivery_id) }
    }
    pub fn data(&self) -> &'a [u8] {
        if self.0.data.len == 0 {
            return &[];
        }
        unsafe { slice::from_raw_parts(self.0.data.ptr, self.0.data.len) }
    }
}

/// The functions of the table for one Sink.
pub struct Border<S>(PhantomData<S>);

struct Held<S> {
    host: Host,
    sink: S,
}

fn panic_text(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
    format!("a panic in the plugin: {}", text.unwrap_or("without a text"))
}

/// Runs one call of the host; its error, or its panic, becomes the text of set_error.
fn guarded(host: &Host, call: impl FnOnce() -> Result<(), String>) -> u32 {
    let (status, text) = match catch_unwind(AssertUnwindSafe(call)) {
        Ok(Ok(())) => return raw::OK,
        Ok(Err(text)) => (raw::ECONFIG, text),
        Err(panic) => (raw::EFAILED, panic_text(&*panic)),
    };
    host.set_error(&text);
    status
}

impl<S: Sink> Border<S> {
    pub const TABLE: raw::Plugin = raw::Plugin {
        struct_size: mem::size_of::<raw::Plugin>() as u32,
        abi_major: 1,
        abi_minor: 0,
        required_minor: 0,
        capabilities: raw::CAP_BLOCKING,
        max_batch_events: S::INFO.max_batch_events,
        name: text(S::INFO.name),
        version: text(S::INFO.version),
        vendor: text(S::INFO.vendor),
        license: text(S::INFO.license),
        description: text(S::INFO.description),
        url: text(""),
        config_schema: text(S::INFO.config_schema),
        create: Some(Self::create),
        start: Some(Self::start),
        deliver: Some(Self::deliver),
        stop: None,
        destroy: Some(Self::destroy),
        validate: Some(Self::validate),
        cancel: None,
    };

    unsafe extern "C" fn create(table: *const raw::Host, ctx: *mut raw::Ctx, out: *mut *mut raw::Instance) -> u32 {
        // stderr is the host's: the text of a panic goes to the host instead.
        std::panic::set_hook(Box::new(|_| {}));
        let host = Host { table, ctx };
        guarded(&host, || {
            let sink = S::new(Host { table, ctx }, &Config(&host))?;
            let held = Box::new(Held { host: Host { table, ctx }, sink });
            unsafe { ptr::write(out, Box::into_raw(held).cast()) };
            Ok(())
        })
    }

    /// # Safety
    /// `this` came from create and was not destroyed; no other call of the instance runs.
    unsafe fn held<'a>(this: *mut raw::Instance) -> &'a mut Held<S> {
        unsafe { &mut *this.cast::<Held<S>>() }
    }

    unsafe extern "C" fn validate(this: *mut raw::Instance) -> u32 {
        let held = unsafe { Self::held(this) };
        guarded(&held.host, || held.sink.validate())
    }

    unsafe extern "C" fn start(this: *mut raw::Instance) -> u32 {
        let Held { host, sink } = unsafe { Self::held(this) };
        guarded(host, || sink.start())
    }

    unsafe extern "C" fn deliver(this: *mut raw::Instance, batch: *const raw::Batch) -> u32 {
        let Held { host, sink } = unsafe { Self::held(this) };
        // The batch ends with its last answer.
        let (id, count, events, flags) = unsafe { ((*batch).id, (*batch).count, (*batch).events, (*batch).flags) };
        for index in 0..count {
            let event = Event(unsafe { &**events.add(index) });
            let outcome = catch_unwind(AssertUnwindSafe(|| sink.deliver(&event))).unwrap_or_else(|panic| Outcome::Retry(panic_text(&*panic)));
            host.answer(id, index, &outcome);
            let stops = match outcome {
                Outcome::Unreachable(_) => true,
                Outcome::Delivered => false,
                _ => flags & raw::BATCH_ORDERED != 0,
            };
            if stops && index + 1 < count {
                host.answer_rest(id, &Outcome::NotAttempted("an event before it was not delivered".into()));
                break;
            }
        }
        raw::OK
    }

    unsafe extern "C" fn destroy(this: *mut raw::Instance) {
        let held = unsafe { Box::from_raw(this.cast::<Held<S>>()) };
        let _ = catch_unwind(AssertUnwindSafe(|| drop(held)));
    }
}

/// The one exported symbol.
macro_rules! export_plugin {
    ($sink:ty) => {
        #[no_mangle]
        pub extern "C" fn fanfare_plugin_query_v1(_host: *const $crate::fanfare::raw::Host) -> *const $crate::fanfare::raw::Plugin {
            static TABLE: $crate::fanfare::raw::Plugin = $crate::fanfare::Border::<$sink>::TABLE;
            &TABLE
        }
    };
}
pub(crate) use export_plugin;
