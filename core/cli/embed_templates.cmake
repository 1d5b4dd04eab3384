# cmake -DTEMPLATES=... -DFILES=a,b -DLICENSE=... -DOUT=... -P embed_templates.cmake: the files as a table in C++.
string(REPLACE "," ";" FILES "${FILES}")
file(WRITE ${OUT} "#include \"cli/project.hpp\"\n\nnamespace fanfare::cli {\n\n"
    "std::span<const ProjectTemplate> ProjectTemplates() {\n    static constexpr ProjectTemplate files[] = {\n")
function(embed path file)
    file(READ ${file} text)
    file(APPEND ${OUT} "{\"${path}\", R\"fanfare_file(${text})fanfare_file\"},\n")
endfunction()
foreach(path IN LISTS FILES)
    embed(${path} ${TEMPLATES}/${path})
endforeach()
embed(common/LICENSE ${LICENSE})
file(APPEND ${OUT} "    };\n    return files;\n}\n\n}  // namespace fanfare::cli\n")
