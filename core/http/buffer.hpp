// Bytes received and not yet done with. Idle connections own no memory: the first block comes from a pool and goes back
// when the buffer runs empty.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>
#include <utility>
#include <vector>

namespace fanfare::http::impl {

// Threads: one.
class BlockPool {
public:
    static constexpr std::size_t kBlockBytes = 8192;

    std::unique_ptr<char[]> Take() {
        if (free_.empty()) return std::make_unique_for_overwrite<char[]>(kBlockBytes);
        std::unique_ptr<char[]> block = std::move(free_.back());
        free_.pop_back();
        return block;
    }
    void Give(std::unique_ptr<char[]> block) {
        if (free_.size() < kMaxFree) free_.push_back(std::move(block));
    }

private:
    static constexpr std::size_t kMaxFree = 256;
    std::vector<std::unique_ptr<char[]>> free_;
};

class Buffer {
public:
    char* data() { return bytes_.get() + begin_; }
    std::size_t size() const { return end_ - begin_; }
    bool empty() const { return begin_ == end_; }
    char* spare() { return bytes_.get() + end_; }
    std::size_t spare_size() const { return capacity_ - end_; }

    // Makes spare_size() at least `wanted`. Moves the bytes: views into them end.
    void Reserve(std::size_t wanted, BlockPool& pool) {
        if (!bytes_) {
            bytes_ = pool.Take();
            capacity_ = BlockPool::kBlockBytes;
        }
        if (spare_size() >= wanted) return;
        if (size() + wanted <= capacity_) {
            std::memmove(bytes_.get(), data(), size());
        } else {
            const std::size_t grown = std::max(capacity_ * 2, size() + wanted);
            auto larger = std::make_unique_for_overwrite<char[]>(grown);
            std::memcpy(larger.get(), data(), size());
            Recycle(pool);
            bytes_ = std::move(larger);
            capacity_ = grown;
        }
        end_ -= begin_;
        begin_ = 0;
    }
    void Added(std::size_t count) { end_ += count; }
    void Resize(std::size_t smaller) { end_ = begin_ + smaller; }
    void Consume(std::size_t count) { begin_ += count; }

    // Gives the memory back. REQUIRES: nobody needs the bytes.
    void Clear(BlockPool& pool) {
        Recycle(pool);
        begin_ = end_ = capacity_ = 0;
    }

private:
    void Recycle(BlockPool& pool) {
        if (capacity_ == BlockPool::kBlockBytes) pool.Give(std::move(bytes_));
        bytes_.reset();
    }

    std::unique_ptr<char[]> bytes_;
    std::size_t capacity_ = 0;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
};

}  // namespace fanfare::http::impl
