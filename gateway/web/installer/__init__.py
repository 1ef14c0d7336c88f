"""Pages for whoever installs a home: registering it, its devices, the walk test."""
