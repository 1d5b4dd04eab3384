#include "power/image.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <stdexcept>

namespace fanfare::power {
namespace {

class OutFile {
public:
    explicit OutFile(const std::string& path)
        : path_(path), fd_(open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600)) {
        Check(fd_ >= 0);
    }
    ~OutFile() { close(fd_); }
    OutFile(const OutFile&) = delete;
    OutFile& operator=(const OutFile&) = delete;

    void Write(std::uint64_t offset, std::string_view data) {
        Check(pwrite(fd_, data.data(), data.size(), static_cast<off_t>(offset)) == static_cast<ssize_t>(data.size()));
        size_ = std::max(size_, offset + data.size());
    }
    void Resize(std::uint64_t size) {
        Check(ftruncate(fd_, static_cast<off_t>(size)) == 0);
        size_ = size;
    }
    void Extend(std::uint64_t size) {
        if (size > size_) Resize(size);
    }

private:
    void Check(bool ok) const {
        if (!ok) throw std::runtime_error("cannot write the image's file " + path_);
    }

    std::string path_;
    int fd_;
    std::uint64_t size_ = 0;
};

void WriteDurable(const Blob& blob, OutFile& out) {
    for (const auto& [number, chunk] : blob.chunks()) {
        const std::uint64_t offset = number * Blob::kChunk;
        if (offset >= blob.size()) continue;
        out.Write(offset, std::string_view(chunk).substr(0, blob.size() - offset));
    }
    out.Extend(blob.size());
}

void WriteSectors(const FileOp& op, double share, std::mt19937_64& random, OutFile& out) {
    std::bernoulli_distribution kept(share);
    const std::string_view data = op.data;
    for (std::uint64_t at = 0; at < data.size();) {
        const std::uint64_t n = std::min<std::uint64_t>(kSector - (op.offset + at) % kSector, data.size() - at);
        if (kept(random)) out.Write(op.offset + at, data.substr(at, n));
        at += n;
    }
}

void WritePending(const File& file, Tear tear, std::mt19937_64& random, OutFile& out) {
    if (tear == Tear::kNone) return;
    const double share = std::uniform_real_distribution<double>(0, 1)(random);
    std::bernoulli_distribution kept(tear == Tear::kAll ? 1.0 : share);
    for (const FileOp& op : file.pending) {
        if (op.kind == FileOp::Kind::kWrite && tear == Tear::kSectors) {
            WriteSectors(op, share, random, out);
        } else if (kept(random)) {
            if (op.kind == FileOp::Kind::kWrite) out.Write(op.offset, op.data);
            if (op.kind == FileOp::Kind::kResize) out.Resize(op.offset);
            if (op.kind == FileOp::Kind::kExtend) out.Extend(op.offset);
        }
    }
}

std::size_t KeptNames(std::size_t uncovered, Tear tear, std::mt19937_64& random) {
    switch (tear) {
        case Tear::kNone: return 0;
        case Tear::kAll: return uncovered;
        case Tear::kSubset:
        case Tear::kSectors: break;
    }
    return std::uniform_int_distribution<std::size_t>(0, uncovered)(random);
}

}  // namespace

void BuildImage(const Disk& disk, Model model, Tear tear, std::mt19937_64& random, const std::string& directory) {
    namespace fs = std::filesystem;
    fs::remove_all(directory);
    fs::create_directories(directory);
    fs::permissions(directory, fs::perms::owner_all);
    const Names& names = disk.names(model);
    const Tree tree = names.After(KeptNames(names.uncovered(), tear, random));
    for (const std::string& name : tree.directories) fs::create_directories(fs::path(directory) / name);
    for (const auto& [path, id] : tree.files) {
        const fs::path place = fs::path(directory) / path;
        if (!fs::exists(place.parent_path())) continue;
        OutFile out(place);
        WriteDurable(disk.file(id).durable, out);
        WritePending(disk.file(id), tear, random, out);
    }
}

}  // namespace fanfare::power
