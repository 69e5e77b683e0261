"""kbuilder: from a forum's solved threads to a knowledge base that people trust."""
