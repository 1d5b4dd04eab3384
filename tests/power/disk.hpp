// What a disk may hold after the power went: built up record by record from what a process did.
//
// A write reaches `Blob durable` when a sync of its file that began after it has ended well. Until then it is pending:
// it may be on the disk, or not, or in part. A failed sync drops what it should have written, as Linux does (pages are
// marked clean): it stays readable until the machine stops, and no later sync covers it, unless a write dirties its
// page again. Names (create, rename, unlink, mkdir) are pending in the same way, in order; two models say what covers
// them: strict POSIX wants an fsync of the directory, on ext4 an fsync of the file does as well.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "power/record.h"

namespace fanfare::power {

constexpr std::uint64_t kSector = 512;
constexpr std::uint64_t kPage = 4096;

enum class Model { kStrict, kExt4 };

// A sparse file.
class Blob {
public:
    static constexpr std::uint64_t kChunk = 64 << 10;

    void Write(std::uint64_t offset, std::string_view data);
    void Resize(std::uint64_t size);
    std::uint64_t size() const { return size_; }
    const std::map<std::uint64_t, std::string>& chunks() const { return chunks_; }  // by number, each kChunk long

private:
    std::map<std::uint64_t, std::string> chunks_;
    std::uint64_t size_ = 0;
};

struct FileOp {
    enum class Kind { kWrite, kResize, kExtend };
    Kind kind = Kind::kWrite;
    std::uint64_t offset = 0;  // or the size
    std::string data;
};

struct File {
    Blob durable;
    std::deque<FileOp> pending;   // in order
    std::uint64_t first = 0;      // number of pending.front(); numbers rise by one
    std::vector<FileOp> dropped;  // by a failed sync

    std::uint64_t next() const { return first + pending.size(); }
    void Add(FileOp op);
    void Cover(std::uint64_t end);
    void Drop(std::uint64_t end);

private:
    void DirtyAgain(std::uint64_t begin, std::uint64_t end);
};

using FileId = std::uint64_t;

struct NameOp {
    enum class Kind { kAdd, kRename, kRemove, kMakeDirectory };
    Kind kind = Kind::kAdd;
    std::string path;
    std::string target;  // of a rename
    FileId file = 0;
    std::set<std::string> directories;  // whose fsync covers it
    bool covered = false;
};

struct Tree {
    std::map<std::string, FileId> files;
    std::set<std::string> directories;

    void Apply(const NameOp& op);
};

// The names of one model.
class Names {
public:
    void Add(const NameOp& op) { ops_.push_back(op); }
    std::uint64_t next() const { return first_ + ops_.size(); }
    void CoverDirectory(const std::string& directory, std::uint64_t end);
    // Every op before the last one of this file, and that one.
    void CoverFile(FileId file, std::uint64_t end);
    std::size_t uncovered() const;
    // The names after a crash that kept this many of the uncovered ops, in order.
    Tree After(std::size_t kept) const;

private:
    void Fold();

    Tree durable_;
    std::deque<NameOp> ops_;
    std::uint64_t first_ = 0;
};

class Disk {
public:
    void Replay(const power_record& record, std::string_view payload);
    const Names& names(Model model) const { return model == Model::kStrict ? strict_ : ext4_; }
    const File& file(FileId id) const { return *files_.at(id); }
    const std::vector<std::string>& escapes() const { return escapes_; }

private:
    struct Handle {
        FileId file = 0;        // 0: a directory
        std::string directory;  // its path
    };
    struct Sync {
        std::uint64_t file_end = 0;
        std::uint64_t names_end = 0;
    };

    void Open(const power_record& record, const std::string& path);
    void EndSync(const power_record& record);
    void AddName(NameOp op);

    Tree now_;
    Names strict_, ext4_;
    std::map<FileId, std::unique_ptr<File>> files_;
    FileId next_file_ = 1;
    std::map<std::uint64_t, Handle> handles_;
    std::map<std::uint64_t, Sync> syncs_;
    std::vector<std::string> escapes_;
};

}  // namespace fanfare::power
