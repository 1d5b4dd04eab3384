#include "route/range_index.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace fanfare::route {

void RangeIndex::Add(Ends ends, std::uint32_t rule) {
    constexpr double kEnd = std::numeric_limits<double>::infinity();
    added_.push_back({std::nextafter(ends.low, -kEnd), std::nextafter(ends.high, kEnd), rule});
}

void RangeIndex::Freeze() {
    if (!added_.empty()) Build(std::move(added_));
    added_ = {};
}

std::int32_t RangeIndex::Build(std::vector<Interval> intervals) {
    if (intervals.empty()) return -1;
    std::vector<double> ends;
    for (const Interval& one : intervals) ends.insert(ends.end(), {one.low, one.high});
    const auto middle = ends.begin() + static_cast<std::ptrdiff_t>(ends.size() / 2);
    std::nth_element(ends.begin(), middle, ends.end());
    const double centre = *middle;

    const auto at = static_cast<std::int32_t>(nodes_.size());
    nodes_.emplace_back().centre = centre;
    std::vector<Interval> left;
    std::vector<Interval> right;
    for (const Interval& one : intervals) {
        if (one.high < centre) {
            left.push_back(one);
        } else if (one.low > centre) {
            right.push_back(one);
        } else {
            nodes_.back().by_low.emplace_back(one.low, one.rule);
            nodes_.back().by_high.emplace_back(one.high, one.rule);
        }
    }
    std::sort(nodes_.back().by_low.begin(), nodes_.back().by_low.end());
    std::sort(nodes_.back().by_high.rbegin(), nodes_.back().by_high.rend());
    const std::int32_t below = Build(std::move(left));
    const std::int32_t above = Build(std::move(right));
    nodes_[static_cast<std::size_t>(at)].left = below;
    nodes_[static_cast<std::size_t>(at)].right = above;
    return at;
}

}  // namespace fanfare::route
