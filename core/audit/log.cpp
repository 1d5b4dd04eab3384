#include "audit/log.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <optional>
#include <system_error>

#include "audit/chain.hpp"
#include "base/json_text.hpp"
#include "base/log.hpp"
#include "base/thread_name.hpp"

namespace fanfare::audit {
namespace {

base::Error Fault(const std::string& what, const std::string& path) {
    return base::MakeError(base::Code::kIo,
                           "cannot " + what + " the audit log " + path + ": " + std::generic_category().message(errno));
}

bool IsSameFile(int file, const std::string& path) {
    struct stat open {};
    struct stat named {};
    return fstat(file, &open) == 0 && stat(path.c_str(), &named) == 0 && open.st_dev == named.st_dev &&
           open.st_ino == named.st_ino;
}

// What the new file is to begin with.
Entry MoveAside(const std::string& path, const std::string& why, base::Time now) {
    const std::string aside = path + ".broken-" + base::FormatTime(now);
    if (std::rename(path.c_str(), aside.c_str()) != 0)
        log::Error("audit.failed", {{"error", Fault("move aside", path).message}});
    log::Error("audit.broken", {{"error", why}, {"moved_to", aside}});
    return {"audit.broken", "fanfare", {{"error", why}, {"moved_to", aside}}};
}

// So that the name of a new file outlives a power loss.
base::Status SyncDirectory(const std::string& path) {
    const std::string directory = std::filesystem::path(path).parent_path();
    const int handle = open(directory.empty() ? "." : directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const bool synced = handle >= 0 && fsync(handle) == 0;
    const base::Error error = Fault("keep the name of", path);
    if (handle >= 0) close(handle);
    return synced ? base::Status() : base::Status(error);
}

}  // namespace

base::Result<std::unique_ptr<Log>> Log::Open(std::string path, const base::Clock& clock) {
    auto chain = ReadChain(path);
    std::optional<Entry> broken;
    if (!chain) {
        if (chain.error().code != base::Code::kInvalid) return std::move(chain).error();
        broken = MoveAside(path, chain.error().message, clock.Now());
        chain = ReadChain(path);
        if (!chain) return std::move(chain).error();
    }
    std::unique_ptr<Log> self(new Log(std::move(path), clock));
    self->number_ = chain->last_number;
    self->last_ = chain->last;
    if (const base::Status opened = self->OpenFile(); !opened) return opened.error();
    if (chain->torn) {
        log::Warn("audit.torn", {{"path", self->path_}, {"kept_lines", std::to_string(chain->lines)}});
        if (ftruncate(self->file_, static_cast<off_t>(chain->whole_bytes)) != 0) return Fault("mend", self->path_);
        self->bytes_ = chain->whole_bytes;
    }
    if (broken) self->Append(*std::move(broken));
    self->thread_ = std::thread([raw = self.get()] { raw->Run(); });
    return self;
}

Log::~Log() {
    {
        const std::lock_guard lock(mutex_);
        stop_ = true;
    }
    wake_.notify_one();
    if (thread_.joinable()) thread_.join();
    if (file_ >= 0) close(file_);
}

void Log::Append(Entry entry, Done done) {
    {
        const std::lock_guard lock(mutex_);
        queue_.push_back({std::move(entry), std::move(done)});
    }
    wake_.notify_one();
}

void Log::Drain() {
    std::unique_lock lock(mutex_);
    idle_.wait(lock, [this] { return queue_.empty() && !writing_; });
}

void Log::Reopen() {
    const std::lock_guard lock(mutex_);
    reopen_ = true;
}

base::Status Log::OpenFile() {
    const int file = open(path_.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (file < 0) return Fault("open", path_);
    if (file_ >= 0) close(file_);
    file_ = file;
    struct stat status {};
    if (fstat(file_, &status) != 0) return Fault("read", path_);
    bytes_ = static_cast<std::uint64_t>(status.st_size);
    return bytes_ == 0 ? SyncDirectory(path_) : base::Status();
}

void Log::Run() {
    base::NameThisThread("audit");
    std::unique_lock lock(mutex_);
    while (true) {
        wake_.wait(lock, [this] { return stop_ || !queue_.empty(); });
        if (queue_.empty()) return;
        std::vector<Queued> queued = std::exchange(queue_, {});
        const bool reopen = std::exchange(reopen_, false);
        writing_ = true;
        lock.unlock();
        if (reopen && !IsSameFile(file_, path_)) {
            if (const base::Status opened = OpenFile(); !opened)
                log::Error("audit.failed", {{"error", opened.error().message}});
        }
        Write(std::move(queued));
        lock.lock();
        writing_ = false;
        idle_.notify_all();
    }
}

void Log::Write(std::vector<Queued> queued) {
    std::string text;
    std::string last = last_;
    std::uint64_t number = number_;
    for (const Queued& one : queued) {
        const std::string line = LineOf(one.entry, ++number, last);
        last = DigestOf(line);
        text += line + "\n";
    }
    const base::Status written = WriteAll(text);
    if (!written) log::Error("audit.failed", {{"error", written.error().message}});
    std::uint64_t own = number_;
    if (written) {
        number_ = number;
        last_ = std::move(last);
    }
    for (Queued& one : queued) {
        ++own;
        if (!one.done) continue;
        one.done(written ? base::Result<std::uint64_t>(own) : base::Result<std::uint64_t>(written.error()));
    }
}

base::Status Log::WriteAll(const std::string& text) {
    std::size_t done = 0;
    while (done < text.size()) {
        const ssize_t count = write(file_, text.data() + done, text.size() - done);
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) break;
        done += static_cast<std::size_t>(count);
    }
    if (done == text.size() && fdatasync(file_) == 0) {
        bytes_ += text.size();
        return {};
    }
    const base::Error error = Fault("write", path_);
    // Lines that are not promised must not stand before those that will be.
    if (ftruncate(file_, static_cast<off_t>(bytes_)) != 0)
        log::Error("audit.failed", {{"error", Fault("shorten", path_).message}});
    return error;
}

std::string Log::LineOf(const Entry& entry, std::uint64_t number, const std::string& previous) const {
    std::string line =
        "{\"number\":" + std::to_string(number) + ",\"time\":\"" + base::FormatTime(clock_.Now()) + "\",\"action\":";
    base::AppendJsonString(line, entry.action);
    line += ",\"who\":";
    base::AppendJsonString(line, entry.who);
    for (const auto& [name, value] : entry.facts) {
        line += ',';
        base::AppendJsonString(line, name);
        line += ':';
        base::AppendJsonString(line, value);
    }
    return line + ",\"previous\":\"" + previous + "\"}";
}

}  // namespace fanfare::audit
