#include "commands/command_line.h"
#include "commands/program.h"

int main(int argc, char** argv) {
  return wsdeep::commands::run_program("wsdeep", argc, argv, wsdeep::commands::run_command_line);
}
