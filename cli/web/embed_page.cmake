# cmake -DOUTPUT=file.cpp -DROOT=web -DFILES="web/index.html;web/js/app.js;…" -P embed_page.cmake
# Writes the files of the page into a C++ source, each under the path that it is served at.
list(SORT FILES)
set(sums "")
foreach(path IN LISTS FILES)
  file(RELATIVE_PATH name ${ROOT} ${path})
  file(SHA256 ${path} sum)
  string(APPEND sums "${name} ${sum}\n")
endforeach()
string(SHA256 version "${sums}")
string(SUBSTRING ${version} 0 16 version)

set(assets "assets/${version}")
set(entries "")
foreach(path IN LISTS FILES)
  file(RELATIVE_PATH name ${ROOT} ${path})
  file(READ ${path} text)
  if(name STREQUAL "index.html")
    string(REPLACE "@ASSETS@" "/${assets}" text "${text}")
  else()
    set(name "${assets}/${name}")
  endif()
  string(APPEND entries "      {\"${name}\", R\"~~~(${text})~~~\"},\n")
endforeach()

file(WRITE ${OUTPUT} "// Generated from web/ by embed_page.cmake.
#include \"web/page.h\"

namespace wsdeep::web {

const std::vector<PageFile>& page_files() {
  static const std::vector<PageFile> kFiles = {
${entries}  };
  return kFiles;
}

}  // namespace wsdeep::web
")
