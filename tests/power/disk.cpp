#include "power/disk.hpp"

#include <algorithm>
#include <stdexcept>

namespace fanfare::power {
namespace {

std::string Parent(const std::string& path) {
    const auto slash = path.rfind('/');
    return slash == std::string::npos ? std::string() : path.substr(0, slash);
}

}  // namespace

void Blob::Write(std::uint64_t offset, std::string_view data) {
    size_ = std::max(size_, offset + data.size());
    while (!data.empty()) {
        std::string& chunk = chunks_[offset / kChunk];
        if (chunk.empty()) chunk.resize(kChunk);
        const std::uint64_t at = offset % kChunk;
        const std::uint64_t n = std::min<std::uint64_t>(kChunk - at, data.size());
        chunk.replace(at, n, data.substr(0, n));
        data.remove_prefix(n);
        offset += n;
    }
}

void Blob::Resize(std::uint64_t size) {
    if (size < size_) {
        chunks_.erase(chunks_.upper_bound(size / kChunk), chunks_.end());
        if (const auto last = chunks_.find(size / kChunk); last != chunks_.end()) {
            const auto at = static_cast<std::ptrdiff_t>(size % kChunk);
            std::fill(last->second.begin() + at, last->second.end(), '\0');
        }
    }
    size_ = size;
}

void File::Add(FileOp op) {
    if (op.kind == FileOp::Kind::kWrite) DirtyAgain(op.offset, op.offset + op.data.size());
    if (op.kind == FileOp::Kind::kResize) {
        std::erase_if(dropped, [&](const FileOp& old) { return old.offset >= op.offset; });
    }
    pending.push_back(std::move(op));
}

void File::Cover(std::uint64_t end) {
    for (; first < end && !pending.empty(); ++first) {
        const FileOp& op = pending.front();
        if (op.kind == FileOp::Kind::kWrite) durable.Write(op.offset, op.data);
        if (op.kind == FileOp::Kind::kResize) durable.Resize(op.offset);
        if (op.kind == FileOp::Kind::kExtend) durable.Resize(std::max(durable.size(), op.offset));
        pending.pop_front();
    }
}

// Data is lost; a new size is metadata, which may still arrive.
void File::Drop(std::uint64_t end) {
    for (std::uint64_t i = first; i < end && i - first < pending.size(); ++i) {
        FileOp& op = pending[i - first];
        if (op.kind != FileOp::Kind::kWrite) continue;
        const std::uint64_t size = op.offset + op.data.size();
        dropped.push_back(std::move(op));
        op = {FileOp::Kind::kExtend, size, {}};
    }
}

void File::DirtyAgain(std::uint64_t begin, std::uint64_t end) {
    if (dropped.empty()) return;
    begin = begin / kPage * kPage;
    end = (end + kPage - 1) / kPage * kPage;
    std::vector<FileOp> left;
    for (FileOp& op : dropped) {
        const std::uint64_t op_end = op.offset + op.data.size();
        const std::uint64_t from = std::max(begin, op.offset), to = std::min(end, op_end);
        if (from >= to) {
            left.push_back(std::move(op));
            continue;
        }
        if (op.offset < from) left.push_back({op.kind, op.offset, op.data.substr(0, from - op.offset)});
        pending.push_back({op.kind, from, op.data.substr(from - op.offset, to - from)});
        if (to < op_end) left.push_back({op.kind, to, op.data.substr(to - op.offset)});
    }
    dropped = std::move(left);
}

void Tree::Apply(const NameOp& op) {
    switch (op.kind) {
        case NameOp::Kind::kAdd: files[op.path] = op.file; return;
        case NameOp::Kind::kMakeDirectory: directories.insert(op.path); return;
        case NameOp::Kind::kRemove:
            files.erase(op.path);
            directories.erase(op.path);
            return;
        case NameOp::Kind::kRename:
            // The file, not what the old name means now: an earlier op may not have reached the disk.
            files.erase(op.path);
            files[op.target] = op.file;
            return;
    }
}

void Names::CoverDirectory(const std::string& directory, std::uint64_t end) {
    for (std::uint64_t i = first_; i < end; ++i) {
        NameOp& op = ops_[i - first_];
        op.covered = op.covered || op.directories.contains(directory);
    }
    Fold();
}

void Names::CoverFile(FileId file, std::uint64_t end) {
    std::uint64_t last = first_;
    for (std::uint64_t i = first_; i < end; ++i) {
        if (ops_[i - first_].file == file) last = i + 1;
    }
    for (std::uint64_t i = first_; i < last; ++i) ops_[i - first_].covered = true;
    Fold();
}

void Names::Fold() {
    for (; !ops_.empty() && ops_.front().covered; ++first_) {
        durable_.Apply(ops_.front());
        ops_.pop_front();
    }
}

std::size_t Names::uncovered() const {
    return static_cast<std::size_t>(std::count_if(ops_.begin(), ops_.end(), [](const NameOp& op) { return !op.covered; }));
}

Tree Names::After(std::size_t kept) const {
    Tree tree = durable_;
    for (const NameOp& op : ops_) {
        if (!op.covered && kept == 0) continue;
        kept -= op.covered ? 0 : 1;
        tree.Apply(op);
    }
    return tree;
}

void Disk::AddName(NameOp op) {
    op.directories.insert(Parent(op.path));
    if (op.kind == NameOp::Kind::kRename) op.directories.insert(Parent(op.target));
    now_.Apply(op);
    strict_.Add(op);
    ext4_.Add(op);
}

void Disk::Open(const power_record& record, const std::string& path) {
    if (record.b != 0) {
        handles_[record.handle] = {0, path};
        return;
    }
    auto found = now_.files.find(path);
    if (found == now_.files.end()) {
        files_[next_file_] = std::make_unique<File>();
        AddName({NameOp::Kind::kAdd, path, {}, next_file_++, {}, false});
        found = now_.files.find(path);
    } else if (record.a != 0) {
        files_.at(found->second)->Add({FileOp::Kind::kResize, 0, {}});
    }
    handles_[record.handle] = {found->second, {}};
}

void Disk::EndSync(const power_record& record) {
    const Handle& handle = handles_.at(record.handle);
    const Sync sync = syncs_.at(record.a);
    syncs_.erase(record.a);
    if (handle.file == 0) {
        if (record.b != 0) return;
        strict_.CoverDirectory(handle.directory, sync.names_end);
        ext4_.CoverDirectory(handle.directory, sync.names_end);
        return;
    }
    File& file = *files_.at(handle.file);
    if (record.b != 0) {
        file.Drop(sync.file_end);
    } else {
        file.Cover(sync.file_end);
        ext4_.CoverFile(handle.file, sync.names_end);
    }
}

void Disk::Replay(const power_record& record, std::string_view payload) {
    const auto Target = [&]() -> FileId { return handles_.at(record.handle).file; };
    const auto nul = payload.find('\0');
    const std::string one(payload.substr(0, nul));
    const std::string two(nul == std::string_view::npos ? std::string_view() : payload.substr(nul + 1));
    const auto FileAt = [&](const std::string& path) {
        const auto found = now_.files.find(path);
        return found == now_.files.end() ? FileId{0} : found->second;
    };
    switch (static_cast<power_op>(record.op)) {
        case POWER_START:
            handles_.clear();
            syncs_.clear();
            return;
        case POWER_OPEN: return Open(record, std::string(payload));
        case POWER_WRITE:
            files_.at(Target())->Add({FileOp::Kind::kWrite, record.a, std::string(payload)});
            return;
        case POWER_TRUNCATE: files_.at(Target())->Add({FileOp::Kind::kResize, record.a, {}}); return;
        case POWER_ALLOCATE: files_.at(Target())->Add({FileOp::Kind::kExtend, record.a + record.b, {}}); return;
        case POWER_SYNC_BEGIN: {
            const FileId id = Target();
            syncs_[record.a] = {id == 0 ? 0 : files_.at(id)->next(), strict_.next()};
            return;
        }
        case POWER_SYNC_END: return EndSync(record);
        case POWER_RENAME: return AddName({NameOp::Kind::kRename, one, two, FileAt(one), {}, false});
        case POWER_LINK: return AddName({NameOp::Kind::kAdd, two, {}, FileAt(one), {}, false});
        case POWER_UNLINK:
        case POWER_RMDIR: return AddName({NameOp::Kind::kRemove, one, {}, FileAt(one), {}, false});
        case POWER_MKDIR: return AddName({NameOp::Kind::kMakeDirectory, one, {}, 0, {}, false});
        case POWER_ACK: return;
        case POWER_ESCAPE: escapes_.push_back(one); return;
    }
    throw std::runtime_error("a record of unknown kind " + std::to_string(record.op));
}

}  // namespace fanfare::power
