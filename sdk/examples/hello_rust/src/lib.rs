//! One log line per event: hello_sink in Rust.
#![deny(unsafe_op_in_unsafe_fn)]

mod fanfare;

use fanfare::{Config, Event, Host, Info, Level, Outcome, Sink};

struct Hello {
    host: Host,
    greeting: String,
}

impl Sink for Hello {
    const INFO: Info = Info {
        name: env!("CARGO_PKG_NAME"),
        version: env!("CARGO_PKG_VERSION"),
        vendor: "Example Ltd",
        license: "Apache-2.0",
        description: "Greets every event in the log",
        config_schema: r#"{
            "$schema": "http://json-schema.org/draft-07/schema#",
            "type": "object",
            "additionalProperties": false,
            "properties": {
                "greeting": {"type": "string", "default": "hello", "description": "The word before the event's type"}
            }
        }"#,
        max_batch_events: 16,
    };

    fn new(host: Host, config: &Config) -> Result<Self, String> {
        let greeting = config.str("/greeting").ok_or("greeting is missing: write a word")?;
        Ok(Hello { host, greeting })
    }

    fn validate(&self) -> Result<(), String> {
        if self.greeting.is_empty() {
            return Err("greeting is empty: write at least one character".into());
        }
        Ok(())
    }

    fn deliver(&mut self, event: &Event) -> Outcome {
        if event.data().is_empty() {
            return Outcome::Rejected("the event has no data to greet".into());
        }
        self.host.log(Level::Info, &self.greeting, &[("type", event.event_type()), ("id", event.id())]);
        Outcome::Delivered
    }
}

fanfare::export_plugin!(Hello);
