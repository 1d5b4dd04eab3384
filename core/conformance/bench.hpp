// What a test is given, and the table of tests.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "conformance/driver.hpp"
#include "conformance/listener.hpp"
#include "json/value.hpp"
#include "plugin/library.hpp"

namespace fanfare::conformance {

// A plugin's file and how to try it.
struct Subject {
    std::string path;       // absolute
    std::string name;       // of the file, without ".so"
    std::string directory;  // empty at the beginning of each test
    std::string target;     // of Targets(), or empty: this machine
    const json::Value* options = nullptr;  // with places; null: to be derived from the schema
    bool says_success = false;             // the next was given
    Reply success;                         // what the far side says when it takes an event
};

// Lives in the process of one test.
class Bench {
public:
    explicit Bench(const Subject& subject) : subject_(subject) {}

    const Subject& subject() const { return subject_; }
    // Loaded at the first call; a Failure if it cannot be.
    const plugin::Library& library();
    // The options with places, as given or derived.
    json::Value Raw();
    // With its places filled, and `who` at the address.
    json::Value Options(FarSide who = FarSide::kNobody);
    // An instance with these, made and started.
    std::unique_ptr<Driver> Up(Age age = Age::kOurs, std::uint64_t first_batch = 1);
    std::size_t max_batch() { return library().table().max_batch_events; }

    void Note(std::string note) { notes_.push_back(std::move(note)); }
    const std::vector<std::string>& notes() const { return notes_; }

private:
    const Subject& subject_;
    std::unique_ptr<const plugin::Library> library_;
    std::vector<std::unique_ptr<Listener>> far_sides_;
    std::vector<std::string> notes_;
};

struct Test {
    const char* name;      // "deliver.one"
    const char* summary;   // what is true if it passes
    const char* needs;     // the test without which this one says nothing; empty: none
    void (*run)(Bench&);   // throws Failure or Skip
    std::chrono::seconds limit{60};
};

std::vector<Test> StaticTests();
std::vector<Test> LifeTests();
std::vector<Test> DeliverTests();
std::vector<Test> SkewTests();
std::vector<Test> RemoteTests();

// Names of systems that StaticTests knows the libraries of.
std::vector<std::string_view> Targets();

}  // namespace fanfare::conformance
