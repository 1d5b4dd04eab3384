#include "conformance/bench.hpp"

#include <filesystem>

#include "conformance/child.hpp"
#include "conformance/options.hpp"

namespace fanfare::conformance {

const plugin::Library& Bench::library() {
    if (!library_) {
        Doing("being loaded");
        auto opened =
            plugin::Library::Open(subject_.name, {std::filesystem::path(subject_.path).parent_path().string()});
        if (!opened) throw Failure{opened.error().message};
        library_ = *std::move(opened);
        Doing("loaded, and not called");
    }
    return *library_;
}

json::Value Bench::Raw() {
    return subject_.options != nullptr ? *subject_.options : DeriveOptions(library().schema().document());
}

json::Value Bench::Options(FarSide who) {
    far_sides_.push_back(std::make_unique<Listener>(who));
    return FillPlaces(Raw(), subject_.directory, far_sides_.back()->port());
}

std::unique_ptr<Driver> Bench::Up(Age age, std::uint64_t first_batch) {
    auto driver = std::make_unique<Driver>(library(), Options(), age, first_batch);
    driver->far_side = [success = subject_.success](std::size_t) { return success; };
    driver->Up();
    return driver;
}

}  // namespace fanfare::conformance
