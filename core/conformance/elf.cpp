#include "conformance/elf.hpp"

#include <elf.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <iterator>
#include <optional>
#include <string_view>

namespace fanfare::conformance {
namespace {

#if defined(__x86_64__)
constexpr Elf64_Half kMachine = EM_X86_64;
#elif defined(__aarch64__)
constexpr Elf64_Half kMachine = EM_AARCH64;
#else
constexpr Elf64_Half kMachine = EM_NONE;  // not compared
#endif

// Put into every library without a version script, by crti and by the linker.
constexpr std::string_view kOfLinkers[] = {"_init", "_fini", "__bss_start", "_edata", "_end"};

// Bytes of the file; what lies outside of it is zero, or empty.
class Image {
public:
    explicit Image(std::string bytes) : bytes_(std::move(bytes)) {}

    template <class T>
    T At(std::size_t offset) const {
        T value{};
        if (offset <= bytes_.size() && bytes_.size() - offset >= sizeof value) {
            std::memcpy(&value, bytes_.data() + offset, sizeof value);
        }
        return value;
    }
    // The text of a string table, up to its NUL.
    std::string Text(const Elf64_Shdr& table, std::size_t offset) const {
        if (offset >= table.sh_size || table.sh_offset > bytes_.size()) return {};
        const std::string_view all = std::string_view(bytes_).substr(table.sh_offset, table.sh_size);
        if (offset >= all.size()) return {};
        return std::string(all.substr(offset, all.find('\0', offset) - offset));
    }
    std::size_t size() const { return bytes_.size(); }

private:
    std::string bytes_;
};

class Reader {
public:
    explicit Reader(std::string bytes) : image_(std::move(bytes)), head_(image_.At<Elf64_Ehdr>(0)) {}

    base::Result<ElfFile> Read() {
        if (const char* fault = HeadFault()) return base::MakeError(base::Code::kInvalid, fault);
        ReadSegments();
        for (std::size_t i = 0; i < head_.e_shnum; ++i) {
            const Elf64_Shdr section = Section(i);
            if (section.sh_type == SHT_DYNSYM) ReadSymbols(section);
            if (section.sh_type == SHT_DYNAMIC) ReadDynamic(section);
            if (section.sh_type == SHT_GNU_verneed) ReadVersions(section);
        }
        std::sort(out_.exports.begin(), out_.exports.end());
        return std::move(out_);
    }

private:
    const char* HeadFault() const {
        if (std::memcmp(head_.e_ident, ELFMAG, SELFMAG) != 0) return "is no ELF file";
        if (head_.e_ident[EI_CLASS] != ELFCLASS64 || head_.e_ident[EI_DATA] != ELFDATA2LSB) {
            return "is not a 64-bit little-endian ELF file";
        }
        if (head_.e_type != ET_DYN) return "is no shared library: link it with -shared";
        if (kMachine != EM_NONE && head_.e_machine != kMachine) return "is built for another kind of machine";
        if (head_.e_shnum == 0 || head_.e_shoff > image_.size()) {
            return "has no section headers, or is cut short: do not strip them";
        }
        return nullptr;
    }
    Elf64_Shdr Section(std::size_t index) const {
        return image_.At<Elf64_Shdr>(head_.e_shoff + index * sizeof(Elf64_Shdr));
    }
    void ReadSegments() {
        bool has_stack = false;
        for (std::size_t i = 0; i < head_.e_phnum; ++i) {
            const auto segment = image_.At<Elf64_Phdr>(head_.e_phoff + i * sizeof(Elf64_Phdr));
            if (segment.p_type != PT_GNU_STACK) continue;
            has_stack = true;
            out_.has_executable_stack = (segment.p_flags & PF_X) != 0;
        }
        // Without the mark the loader takes it for one that needs such a stack.
        if (!has_stack) out_.has_executable_stack = true;
    }
    void ReadSymbols(const Elf64_Shdr& table) {
        const Elf64_Shdr names = Section(table.sh_link);
        for (std::size_t at = 0; at + sizeof(Elf64_Sym) <= Within(table); at += sizeof(Elf64_Sym)) {
            const auto symbol = image_.At<Elf64_Sym>(table.sh_offset + at);
            const unsigned binding = ELF64_ST_BIND(symbol.st_info);
            const unsigned visibility = ELF64_ST_VISIBILITY(symbol.st_other);
            if (symbol.st_shndx == SHN_UNDEF || binding == STB_LOCAL) continue;
            if (visibility != STV_DEFAULT && visibility != STV_PROTECTED) continue;
            std::string name = image_.Text(names, symbol.st_name);
            if (std::find(std::begin(kOfLinkers), std::end(kOfLinkers), name) != std::end(kOfLinkers)) continue;
            if (binding == STB_GNU_UNIQUE) out_.unique.push_back(name);
            out_.exports.push_back(std::move(name));
        }
    }
    void ReadDynamic(const Elf64_Shdr& table) {
        const Elf64_Shdr names = Section(table.sh_link);
        for (std::size_t at = 0; at + sizeof(Elf64_Dyn) <= Within(table); at += sizeof(Elf64_Dyn)) {
            const auto entry = image_.At<Elf64_Dyn>(table.sh_offset + at);
            if (entry.d_tag == DT_NULL) return;
            if (entry.d_tag == DT_NEEDED) out_.needed.push_back(image_.Text(names, entry.d_un.d_val));
            if (entry.d_tag == DT_TEXTREL) out_.has_text_relocations = true;
            if (entry.d_tag == DT_FLAGS && (entry.d_un.d_val & DF_TEXTREL) != 0) out_.has_text_relocations = true;
        }
    }
    void ReadVersions(const Elf64_Shdr& table) {
        const Elf64_Shdr names = Section(table.sh_link);
        std::size_t at = 0;
        for (std::size_t left = table.sh_info; left > 0 && at < Within(table); --left) {
            const auto file = image_.At<Elf64_Verneed>(table.sh_offset + at);
            std::size_t below = at + file.vn_aux;
            for (unsigned i = 0; i < file.vn_cnt && below < Within(table); ++i) {
                const auto version = image_.At<Elf64_Vernaux>(table.sh_offset + below);
                out_.versions.push_back(image_.Text(names, version.vna_name));
                below += version.vna_next;
            }
            if (file.vn_next == 0) return;
            at += file.vn_next;
        }
    }
    // A table's size, as far as the file goes.
    std::size_t Within(const Elf64_Shdr& table) const {
        const std::size_t begin = std::min<std::size_t>(table.sh_offset, image_.size());
        return std::min<std::size_t>(table.sh_size, image_.size() - begin);
    }

    Image image_;
    Elf64_Ehdr head_;
    ElfFile out_;
};

}  // namespace

base::Result<ElfFile> ReadElf(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    std::string bytes{std::istreambuf_iterator<char>(in), {}};
    if (!in && bytes.empty()) return base::MakeError(base::Code::kIo, "cannot be read");
    return Reader(std::move(bytes)).Read();
}

}  // namespace fanfare::conformance
