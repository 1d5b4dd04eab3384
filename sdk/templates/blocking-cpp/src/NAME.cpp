// Appends every event to a file and waits until it is on the disk. The host gives each instance a thread of its own, so
// deliver may wait; write here to whatever far side you have a blocking library for.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

#include <fanfare/plugin.hpp>

namespace {

// What the operator can write; the host checks it and documents it.
constexpr char kSchema[] = R"json({
    "$schema": "http://json-schema.org/draft-07/schema#",
    "type": "object",
    "additionalProperties": false,
    "required": ["path"],
    "properties": {
        "path": {
            "type": "string",
            "minLength": 1,
            "description": "File to append to, as an absolute path; its directory must exist and belong to the daemon",
            "examples": ["/var/log/fanfare/@NAME@.log"]
        }
    }
})json";

class Descriptor {
public:
    explicit Descriptor(int number) : number_(number) {}
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    ~Descriptor() {
        if (number_ >= 0) close(number_);
    }
    int number() const { return number_; }

private:
    int number_;
};

class @CLASS@Sink {
public:
    static constexpr fanfare::Info info = {FANFARE_PLUGIN_NAME,
                                           FANFARE_PLUGIN_VERSION,
                                           "@NAME@ maintainers",
                                           "Apache-2.0",
                                           "Writes events into a file, one a line",
                                           kSchema,
                                           /*max_batch_events*/ 16};

    @CLASS@Sink(const fanfare::Host&, const fanfare::Config& config) : path_(config.str("/path")) {}

    void validate() {
        if (path_.empty() || path_.front() != '/') throw fanfare::ConfigError("path is not absolute: start it with '/'");
    }

    fanfare::Outcome deliver(const fanfare::Event& event) {
        const Descriptor file(open(path_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640));
        if (file.number() < 0) return fanfare::Outcome::unreachable(failure("cannot be opened"));
        struct stat before = {};
        const std::string line = line_of(event);
        if (fstat(file.number(), &before) != 0) return fanfare::Outcome::retry(failure("cannot be looked at"));
        errno = 0;
        if (write(file.number(), line.data(), line.size()) != static_cast<ssize_t>(line.size())) {
            const std::string why = failure("cannot be written");
            if (ftruncate(file.number(), before.st_size) != 0) return fanfare::Outcome::retry(why + ", and holds half a line");
            return fanfare::Outcome::retry(why);
        }
        if (fdatasync(file.number()) != 0) return fanfare::Outcome::retry(failure("may not be on the disk"));
        return fanfare::Outcome::delivered();
    }

private:
    static std::string line_of(const fanfare::Event& event) {
        std::string line(event.id());
        line.append("\t").append(event.type()).append("\t").append(event.data());
        for (char& c : line) c = c == '\n' || c == '\r' ? ' ' : c;
        return line + "\n";
    }
    std::string failure(const char* what) const {
        return path_ + " " + what + ": " + (errno == 0 ? "no space left" : std::strerror(errno));
    }

    std::string path_;
};

}  // namespace

FANFARE_PLUGIN(@CLASS@Sink);
