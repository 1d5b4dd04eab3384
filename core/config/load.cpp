#include <algorithm>
#include <filesystem>
#include <system_error>

#include "config/draft.hpp"
#include "config/file.hpp"

namespace fanfare::config {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxFile = 16u << 20;

// NAME/*.toml beside `file`, in name order. Hidden files are left alone: editors keep theirs there.
std::vector<std::string> FilesBeside(Draft& draft, const std::string& file, const std::string& name) {
    const fs::path directory = fs::path(file).parent_path() / name;
    std::error_code fault;
    std::vector<std::string> files;
    fs::directory_iterator entry(directory, fault);
    for (; !fault && entry != fs::directory_iterator(); entry.increment(fault)) {
        const fs::path& path = entry->path();
        if (path.extension() != ".toml" || path.filename().string().front() == '.') continue;
        std::error_code gone;
        const fs::file_status status = entry->status(gone);
        if (fs::is_regular_file(status) || !fs::exists(status)) {
            files.push_back(path.string());
        } else {
            draft.report.Error({path.string(), 0, 0}, "this is not a regular file",
                               "move it out of " + name + ", or give it another name");
        }
    }
    if (fault && fault != std::errc::no_such_file_or_directory) {
        draft.blind = true;
        draft.report.Error({directory.string(), 0, 0}, "cannot read the directory: " + fault.message(),
                           "its owner must let the user that runs fanfare read it");
    }
    std::sort(files.begin(), files.end());
    return files;
}

void ReportUnreadable(Draft& draft, const std::string& file, const base::Error& error) {
    draft.blind = true;
    draft.report.AddFile(file, {});
    std::string hint = "the user that runs fanfare must be able to read it";
    if (error.code == base::Code::kNotFound) hint = "name another file with --config, or create this one";
    if (error.code == base::Code::kTooLarge) hint = "a configuration is much smaller: is this the right file?";
    draft.report.Error({file, 0, 0}, "cannot read the file: " + error.message, std::move(hint));
}

void ReadDocument(Draft& draft, const std::string& file) {
    const auto text = ReadFile(file, kMaxFile);
    if (!text) {
        ReportUnreadable(draft, file, text.error());
        return;
    }
    draft.report.AddFile(file, *text);
    draft.documents.push_back(ParseDocument(file, *text, draft.report));
}

}  // namespace

bool Draft::Take(const std::string& what, const Position& where) {
    const auto [first, is_new] = taken.emplace(what, where);
    if (is_new) return true;
    const Position& at = first->second;
    report.Error(
        where, what + " is already set at " + at.file + ":" + std::to_string(at.line) + ":" + std::to_string(at.column),
        "keep one of the two");
    return false;
}

bool Draft::MayHaveLost(std::string_view word) const {
    return blind || std::any_of(documents.begin(), documents.end(),
                                [&](const Document& document) { return document.MayHaveLost(word); });
}

Loaded Load(const std::string& file) {
    Draft draft;
    ReadDocument(draft, file);
    for (const std::string& beside : FilesBeside(draft, file, "conf.d")) ReadDocument(draft, beside);
    const std::size_t all = draft.documents.size();
    for (const std::string& beside : FilesBeside(draft, file, "profiles.d")) ReadDocument(draft, beside);
    for (std::size_t i = all; i < draft.documents.size(); ++i) {
        RefuseAllButProfiles(draft, draft.documents[i]);
        ReadProfiles(draft, draft.documents[i]);
    }
    for (std::size_t i = 0; i < all; ++i) {
        const Document& document = draft.documents[i];
        ReadSections(draft, document);
        ReadProfiles(draft, document);
        ReadRealms(draft, document);
        ReadDestinations(draft, document);
        ReadRoutes(draft, document);
        ReadTests(draft, document);
    }
    CheckReferences(draft);
    CheckOpenDoors(draft);
    return {std::move(draft.config), std::move(draft.report).Finish()};
}

}  // namespace fanfare::config
