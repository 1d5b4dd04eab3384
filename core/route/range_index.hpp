// Intervals of numbers that contain a point: a tree of centres, each with its intervals sorted by either end, so that a
// query costs the depth of the tree and what it finds. Ends are doubles and widened by one step: an answer may be one
// too many, never one too few. Inside of the room.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

namespace fanfare::route {

class RangeIndex {
public:
    // low <= high; infinities are ends like others.
    struct Ends {
        double low;
        double high;
    };
    void Add(Ends ends, std::uint32_t rule);
    void Freeze();
    bool empty() const { return nodes_.empty(); }

    template <class Use>
    void Find(double point, const Use& use) const {
        std::int32_t at = 0;
        while (at >= 0) {
            const Node& node = nodes_[static_cast<std::size_t>(at)];
            if (point < node.centre) {
                for (const auto& [low, rule] : node.by_low) {
                    if (low > point) break;
                    use(rule);
                }
                at = node.left;
            } else {
                for (const auto& [high, rule] : node.by_high) {
                    if (high < point) break;
                    use(rule);
                }
                at = node.right;
            }
        }
    }

private:
    struct Interval {
        double low;
        double high;
        std::uint32_t rule;
    };
    struct Node {
        double centre = 0;
        std::vector<std::pair<double, std::uint32_t>> by_low;   // ascending
        std::vector<std::pair<double, std::uint32_t>> by_high;  // descending
        std::int32_t left = -1;
        std::int32_t right = -1;
    };

    std::int32_t Build(std::vector<Interval> intervals);

    std::vector<Interval> added_;  // until Freeze
    std::vector<Node> nodes_;
};

}  // namespace fanfare::route
