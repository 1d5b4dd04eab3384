// Appends every event as one line of JSON, a structured CloudEvent, to a file; or what a shape made of it.
#include <exception>
#include <string>

#include <fanfare/cloudevents.hpp>
#include <fanfare/plugin.hpp>

#include "append_file.hpp"

namespace fanfare::plugins::file {
namespace {

constexpr char kSchema[] = R"json({
    "$schema": "http://json-schema.org/draft-07/schema#",
    "type": "object",
    "additionalProperties": false,
    "required": ["path"],
    "properties": {
        "path": {
            "type": "string",
            "minLength": 1,
            "description": "File to append to, as an absolute path. Created with mode 0640 if it is not there; its directory must exist.",
            "examples": ["/var/log/fanfare/events.jsonl"]
        },
        "fsync": {
            "type": "boolean",
            "default": false,
            "description": "Answer only after the lines are on disk. Slower; without it a power cut may cost the last lines."
        }
    }
})json";

// Memory for the lines of one write; a batch of large events takes more than one.
constexpr std::size_t kMaxWrite = 4u << 20;

class FileSink {
public:
    static constexpr Info info = {FANFARE_PLUGIN_NAME,
                                  FANFARE_PLUGIN_VERSION,
                                  "The Fanfare authors",
                                  "Apache-2.0",
                                  "Appends events to a file, one CloudEvent in JSON per line",
                                  kSchema,
                                  /*max_batch_events*/ 256,
                                  FANFARE_CAP_BLOCKING};

    FileSink(const Host&, const Config& config) : file_(config.str("/path"), config.boolean("/fsync", false)) {}

    void validate() {
        const std::string& path = file_.path();
        if (path.find('\0') != std::string::npos) throw ConfigError("path holds a NUL character: remove it");
        if (path.empty() || path.front() != '/') {
            throw ConfigError("path '" + path + "' is not absolute: start it with '/'");
        }
        if (path.back() == '/') throw ConfigError("path '" + path + "' names a directory: add the name of the file");
    }

    void deliver(Batch&& batch) {
        std::size_t begin = 0;
        while (begin < batch.size()) {
            const std::size_t end = Render(batch, begin);
            try {
                file_.Ensure();
                file_.Append(lines_);
            } catch (const std::exception& e) {
                batch.answer_range(begin, end, Outcome::retry(e.what()));
                batch.answer_all(Outcome::not_attempted("the lines before it could not be written"));
                return;
            }
            batch.answer_range(begin, end, Outcome::delivered());
            begin = end;
        }
    }

private:
    // Fills lines_ with the events from `begin` on; returns the index of the first one that has no room.
    std::size_t Render(const Batch& batch, std::size_t begin) {
        lines_.clear();
        std::size_t end = begin;
        while (end < batch.size() && lines_.size() < kMaxWrite) {
            const Event event = batch[end++];
            if (event.shaped()) {
                lines_ += event.data();
            } else {
                append_structured(lines_, event, JsonData::on_one_line);
            }
            lines_ += '\n';
        }
        return end;
    }

    AppendFile file_;
    std::string lines_;
};

}  // namespace
}  // namespace fanfare::plugins::file

FANFARE_PLUGIN(fanfare::plugins::file::FileSink);
