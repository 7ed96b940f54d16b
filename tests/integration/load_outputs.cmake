# What a load test writes for programs, judged by programs.
add_executable(result_tool ${CMAKE_CURRENT_LIST_DIR}/../support/result_tool.cpp)
target_include_directories(result_tool PRIVATE ${CMAKE_CURRENT_LIST_DIR}/..)
target_link_libraries(result_tool PRIVATE wsdeep_load)
