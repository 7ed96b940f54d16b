"""Servers of others that stand between people and a system: started with a configuration, ended with the test."""

import os
import shutil
import socket
import subprocess
import tempfile

from harness import eventually


def program(name):
    return shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin")


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def listens(port):
    try:
        socket.create_connection(("127.0.0.1", port), timeout=5).close()
        return True
    except OSError:
        return False


class Daemon:
    """A program with a configuration file that listens on a port. Use it in a `with` block."""

    def __init__(self, command, config):
        self.folder = tempfile.mkdtemp(prefix="wsdeep-foreign-")
        self.port = free_port()
        self.path = os.path.join(self.folder, "config")
        with open(self.path, "w", encoding="utf-8") as file:
            file.write(config.replace("PORT", str(self.port)).replace("FOLDER", self.folder))
        self.command = [word.replace("CONFIG", self.path).replace("FOLDER", self.folder) for word in command]

    def __enter__(self):
        self.log = open(os.path.join(self.folder, "output"), "w+", encoding="utf-8")
        self.process = subprocess.Popen(self.command, stdout=self.log, stderr=subprocess.STDOUT)
        eventually(lambda: listens(self.port) or self.process.poll() is not None)
        assert self.process.poll() is None, self.said()
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()
        self.log.close()
        shutil.rmtree(self.folder)

    def said(self):
        self.log.seek(0)
        return self.log.read()


def haproxy(config):
    return Daemon([program("haproxy"), "-db", "-f", "CONFIG"], "defaults\n  timeout connect 5s\n  timeout client 30s\n"
                  "  timeout server 30s\n  timeout tunnel 60s\n" + config)


def nginx(location, more="", protocol=""):
    return Daemon(
        [program("nginx"), "-c", "CONFIG", "-p", "FOLDER", "-e", "stderr"],
        "daemon off; master_process off; pid FOLDER/pid;\nevents {}\n"
        "http { access_log off; client_body_temp_path FOLDER/a; proxy_temp_path FOLDER/b; fastcgi_temp_path FOLDER/c;\n"
        f"uwsgi_temp_path FOLDER/d; scgi_temp_path FOLDER/e; {more}\n"
        f"server {{ listen 127.0.0.1:PORT {protocol}; location / {{ {location} }} }} }}\n")


def tinyproxy(*lines):
    return Daemon([program("tinyproxy"), "-d", "-c", "CONFIG"],
                  "\n".join(("Port PORT", "Listen 127.0.0.1", "MaxClients 50", "LogLevel Connect", *lines)) + "\n")
