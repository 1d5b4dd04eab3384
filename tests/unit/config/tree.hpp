// A directory of configuration files that lives as long as a test.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.hpp"

namespace fanfare::config {

class Tree {
public:
    Tree() {
        std::string pattern = (std::filesystem::temp_directory_path() / "fanfare-config-XXXXXX").string();
        if (!::mkdtemp(pattern.data())) ADD_FAILURE() << "cannot make a temporary directory";
        root_ = pattern;
    }
    Tree(const Tree&) = delete;
    Tree& operator=(const Tree&) = delete;
    ~Tree() {
        std::error_code ignored;
        std::filesystem::remove_all(root_, ignored);
    }

    Tree& Write(const std::string& name, std::string_view text) {
        std::filesystem::create_directories((root_ / name).parent_path());
        std::ofstream(root_ / name, std::ios::binary) << text;
        return *this;
    }

    std::string PathOf(const std::string& name) const { return (root_ / name).string(); }
    Loaded Load() const { return config::Load(PathOf("fanfare.toml")); }

    // "conf.d/a.toml:3:7: error: ..." of each diagnostic: without the root, the line and the hint.
    std::vector<std::string> Heads(const Loaded& loaded) const {
        std::vector<std::string> heads;
        for (const Diagnostic& diagnostic : loaded.diagnostics) {
            const std::string text = Format(diagnostic);
            heads.push_back(WithoutRoot(text.substr(0, text.find('\n'))));
        }
        return heads;
    }

    std::string WithoutRoot(std::string text) const {
        const std::string root = root_.string() + "/";
        for (std::size_t at = text.find(root); at != std::string::npos; at = text.find(root))
            text.erase(at, root.size());
        return text;
    }

private:
    std::filesystem::path root_;
};

// What is wrong with `text` as fanfare.toml, without the name of the file.
inline std::vector<std::string> FaultsOf(std::string_view text) {
    Tree tree;
    tree.Write("fanfare.toml", text);
    std::vector<std::string> heads = tree.Heads(tree.Load());
    for (std::string& head : heads) head.erase(0, std::string_view("fanfare.toml:").size());
    return heads;
}

inline std::vector<std::string> HintsOf(std::string_view text) {
    Tree tree;
    tree.Write("fanfare.toml", text);
    std::vector<std::string> hints;
    for (const Diagnostic& diagnostic : tree.Load().diagnostics) hints.push_back(diagnostic.hint);
    return hints;
}

}  // namespace fanfare::config
