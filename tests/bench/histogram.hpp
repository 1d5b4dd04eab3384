// Latencies in buckets that grow with them, as HdrHistogram has them: 128 to each power of two, so that what is read
// back is less than 1 % too high, whatever its size. Units: nanoseconds. Threads: one.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <cstdio>
#include <string>

namespace fanfare::bench {

class Histogram {
public:
    void Add(std::int64_t ns) {
        const auto value = static_cast<std::uint64_t>(std::max<std::int64_t>(ns, 0));
        ++buckets_[IndexOf(value)];
        ++count_;
        max_ = std::max(max_, value);
    }

    void Add(const Histogram& other) {
        for (std::size_t index = 0; index < buckets_.size(); ++index) buckets_[index] += other.buckets_[index];
        count_ += other.count_;
        max_ = std::max(max_, other.max_);
    }

    std::uint64_t count() const { return count_; }
    std::uint64_t max() const { return max_; }

    // The least value that `share` of all do not exceed; 0 without any.
    std::uint64_t Quantile(double share) const {
        const auto wanted = static_cast<std::uint64_t>(share * static_cast<double>(count_) + 0.5);
        std::uint64_t seen = 0;
        for (std::size_t index = 0; index < buckets_.size(); ++index) {
            seen += buckets_[index];
            if (seen > 0 && seen >= wanted) return std::min(UpperEnd(index), max_);
        }
        return max_;
    }

    // Members of a JSON object, without its braces.
    std::string Json() const {
        char text[200];
        std::snprintf(text, sizeof text, R"("p50_ns":%lu,"p90_ns":%lu,"p99_ns":%lu,"p999_ns":%lu,"max_ns":%lu)",
                      Quantile(0.5), Quantile(0.9), Quantile(0.99), Quantile(0.999), max_);
        return text;
    }

private:
    static constexpr unsigned kBits = 7;
    static constexpr std::uint64_t kLinear = std::uint64_t{1} << kBits;

    static std::size_t IndexOf(std::uint64_t value) {
        if (value < kLinear) return value;
        const auto shift = static_cast<unsigned>(std::bit_width(value)) - kBits - 1;
        return (shift + 1) * kLinear + ((value >> shift) - kLinear);
    }

    static std::uint64_t UpperEnd(std::size_t index) {
        if (index < kLinear) return index;
        const std::size_t shift = index / kLinear - 1;
        return ((index % kLinear + kLinear + 1) << shift) - 1;
    }

    std::array<std::uint64_t, (64 - kBits + 1)* kLinear> buckets_ = {};
    std::uint64_t count_ = 0;
    std::uint64_t max_ = 0;
};

}  // namespace fanfare::bench
